using FastRing.Host.Client;
using FastRing.Host.Management;
using Microsoft.Extensions.Logging;

namespace FastRing.Host.Metrics;

/// <summary>The HTTP client of a collector, which says when it is not heard: OpenTelemetry itself tries again the next time, and tells nobody.</summary>
internal sealed class CollectorClient : DelegatingHandler
{
    private readonly ILogger _logger;
    private readonly LineRate _rate = new(TimeSpan.FromMinutes(1));

    private CollectorClient(ILogger logger)
        : base(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) })
    {
        _logger = logger;
    }

    public static HttpClient Create(ILogger logger, TimeSpan timeout) => new(new CollectorClient(logger)) { Timeout = timeout };

    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return Heard(base.Send(request, cancellationToken));
        }
        catch (Exception e)
        {
            Tell(PlainText.Of(e.Message));
            throw;
        }
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return Heard(await base.SendAsync(request, cancellationToken));
        }
        catch (Exception e)
        {
            Tell(PlainText.Of(e.Message));
            throw;
        }
    }

    private HttpResponseMessage Heard(HttpResponseMessage answer)
    {
        if (!answer.IsSuccessStatusCode)
        {
            Tell($"the collector answered {(int)answer.StatusCode}");
        }

        return answer;
    }

    private void Tell(string why)
    {
        if (_rate.MayWrite())
        {
            _logger.LogNotExported(why);
        }
    }
}
