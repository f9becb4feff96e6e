using FastRing.Host.Metrics;
using FastRing.Host.Serving;

namespace FastRing.Host.Tests.Metrics;

public sealed class MetricsConfigTests
{
    [Theory]
    [InlineData("9464", "127.0.0.1:9464")]
    [InlineData("localhost:9464", "127.0.0.1:9464")]
    [InlineData("0.0.0.0:0", "0.0.0.0:0")]
    [InlineData("[::1]:65535", "[::1]:65535")]
    [InlineData("::1:9464", null)]
    [InlineData("[127.0.0.1]:9464", null)]
    [InlineData("example.org:9464", null)]
    [InlineData("127.0.0.1", null)]
    [InlineData("127.0.0.1:", null)]
    [InlineData(":9464", null)]
    [InlineData("127.0.0.1:65536", null)]
    [InlineData("127.0.0.1:-1", null)]
    [InlineData("", null)]
    public void An_address_is_a_port_or_an_address_of_this_machine_and_a_port(string text, string? expected)
    {
        var config = new MetricsConfig { Listen = text };
        Assert.Equal(expected, config.ListenAddress?.ToString());
        Assert.Equal(expected is null ? ["listen"] : [], config.Problems().Select(p => p.Place));
    }

    [Theory]
    [InlineData("http://127.0.0.1:4318", "http://127.0.0.1:4318/v1/metrics")]
    [InlineData("https://collector.example/", "https://collector.example/v1/metrics")]
    [InlineData("http://collector:4318/custom?a=b", "http://collector:4318/custom?a=b")]
    [InlineData("collector:4318", null)]
    [InlineData("ftp://collector", null)]
    [InlineData("/v1/metrics", null)]
    public void A_collector_is_a_URL_and_has_the_usual_path_where_none_is_said(string text, string? expected)
    {
        var config = new MetricsConfig { Otlp = text };
        Assert.Equal(expected, config.OtlpEndpoint?.ToString());
        Assert.Equal(expected is null ? ["otlp"] : [], config.Problems().Select(p => p.Place));
    }

    [Fact]
    public void Many_guests_have_room_for_all_their_ports_and_rings_twice()
    {
        var many = new Cardinality([.. Enumerable.Range(0, 20).Select(_ => new GuestConfig { MaxPorts = 31 })]);
        Assert.Equal(2 * 20 * 32 * 2, many.LimitOf("fastring.port.io"));
        Assert.Equal(2 * 20 * 64 * 3, many.LimitOf("fastring.queue.notifications"));
        Assert.Equal(2000, many.LimitOf("fastring.worker.turns"));
        Assert.Equal(2000, new Cardinality([new GuestConfig()]).LimitOf("fastring.port.io"));
    }
}
