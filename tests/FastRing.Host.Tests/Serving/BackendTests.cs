using FastRing.Host.Serving;

namespace FastRing.Host.Tests.Serving;

/// <summary>The text form of host endpoints.</summary>
public sealed class BackendTests
{
    [Theory]
    [InlineData("unix:/run/a.sock", "unix", "/run/a.sock")]
    [InlineData("unix:/run/a,,b.sock", "unix", "/run/a,b.sock")]
    [InlineData("unix:/run/a,,,mode=0600", "unix", "/run/a,")]
    [InlineData("unix:/run/a.sock,allow-uid=1000+1001,allow-uid=1002,allow-gid=44,mode=660", "unix", "/run/a.sock")]
    [InlineData("unix:@name,allow-uid=0", "unix", "@name")]
    [InlineData("unix:/run/a.sock,send-buffer=32K", "unix", "/run/a.sock")]
    [InlineData("connect:@name,allow-gid=0", "connect", "@name")]
    [InlineData("connect:/run/a:b,reconnect-min-ms=10,reconnect-max-ms=100", "connect", "/run/a:b")]
    [InlineData("connect:/run/a,reconnect-max-ms=1", "connect", "/run/a")]
    [InlineData("tcp:0", "tcp", "0")]
    [InlineData("tcp:[::1]:5000", "tcp", "[::1]:5000")]
    [InlineData("tcp:localhost:5000,tls-cert=/c.pem,tls-key=/k.pem,tls-ca=/a.pem", "tcp", "localhost:5000")]
    [InlineData("tcp-connect:example.org:80", "tcp-connect", "example.org:80")]
    [InlineData("tcp-connect:[::1]:80,tls,tls-host=a,tls-ca=/c", "tcp-connect", "[::1]:80")]
    [InlineData("pty", "pty", "")]
    [InlineData("pty:/run/tty", "pty", "/run/tty")]
    [InlineData("file:/log,max-bytes=10M,keep=3,timestamps", "file", "/log")]
    [InlineData("file:/log,max-bytes=1024,timestamps=off", "file", "/log")]
    [InlineData("fifo:/run/p", "fifo", "/run/p")]
    [InlineData("fd:7", "fd", "7")]
    [InlineData("stdio", "stdio", "")]
    [InlineData("echo", "echo", "")]
    [InlineData("null", "null", "")]
    public void What_is_right_is_read_without_opening_anything(string text, string kind, string address)
    {
        Backend backend = Backend.Parse(text);
        Assert.Equal((kind, address, text), (backend.Kind, backend.Address, backend.ToString()));
    }

    [Theory]
    [InlineData("", "unknown backend '': expected unix:PATH")]
    [InlineData("telnet:1", "unknown backend 'telnet:1': expected unix:PATH, connect:PATH, ")]
    [InlineData("UNIX:/a", "unknown backend")]
    [InlineData("unix", "incomplete backend 'unix': expected unix:PATH")]
    [InlineData("unix:", "expected unix:PATH")]
    [InlineData("unix:,mode=0600", "expected unix:PATH")]
    [InlineData("echo:x", "nothing stands behind echo")]
    [InlineData("null:", "nothing stands behind null")]
    [InlineData("echo,a=b", "echo has no options, such as 'a'")]
    [InlineData("unix:/a,mod=0600", "unix has no option 'mod': expected allow-uid, allow-gid, mode, send-buffer")]
    [InlineData("unix:/a,send-buffer=1K", "send-buffer=1K: expected a size of 4096 bytes or more")]
    [InlineData("unix:/a,send-buffer=1G", "send-buffer=1G: expected 64M or less")]
    [InlineData("unix:/a,", "behind a comma stands OPTION=VALUE")]
    [InlineData("unix:/a,=5", "behind a comma stands OPTION=VALUE")]
    [InlineData("unix:/a,mode=", "behind a comma stands OPTION=VALUE")]
    [InlineData("unix:/a,mode=0600,mode=0660", "mode is there twice")]
    [InlineData("unix:/a,mode=rw", "mode=rw: expected permissions in octal, for example 0660")]
    [InlineData("unix:/a,mode=7777", "mode=7777: expected permissions")]
    [InlineData("unix:/a,mode=68", "mode=68: expected permissions")]
    [InlineData("unix:/a,mode=0680", "mode=0680: expected permissions")]
    [InlineData("unix:/a,allow-uid=root", "allow-uid=root: expected numbers of users or groups, for example allow-uid=1000+1001")]
    [InlineData("unix:/a,allow-uid=1+", "allow-uid=1+: expected numbers")]
    [InlineData("unix:/a,allow-gid=-1", "allow-gid=-1: expected numbers")]
    [InlineData("unix:/a,allow-gid=4294967295", "allow-gid=4294967295: expected numbers")]
    [InlineData("unix:@a", "@a is an abstract socket, which has no permissions; say whom it is for")]
    [InlineData("connect:@a", "@a is an abstract socket")]
    [InlineData("unix:@a,allow-uid=0,mode=0600", "an abstract socket has no mode")]
    [InlineData("connect:/a,reconnect-min-ms=0", "reconnect-min-ms=0: expected a number from 1 to 3600000")]
    [InlineData("connect:/a,reconnect-min-ms=100,reconnect-max-ms=10", "reconnect-max-ms=10: expected a number from 100 to")]
    [InlineData("tcp:", "expected tcp:[HOST:]PORT")]
    [InlineData("tcp:x", "expected [HOST:]PORT with a port from 0 to 65535")]
    [InlineData("tcp::5", "expected [HOST:]PORT")]
    [InlineData("tcp:65536", "expected [HOST:]PORT")]
    [InlineData("tcp:::1:5000", "an IPv6 address in brackets, for example [::1]:5000")]
    [InlineData("tcp:example.org:5000", "'example.org' is no address to listen on")]
    [InlineData("tcp:1,tls-cert=/c", "tls-cert and tls-key go together")]
    [InlineData("tcp:1,tls-ca=/c", "TLS needs tls-cert=FILE and tls-key=FILE")]
    [InlineData("tcp:1,tls=on", "tcp has no option 'tls'")]
    [InlineData("tcp-connect:80", "expected tcp-connect:HOST:PORT")]
    [InlineData("tcp-connect:a:0", "expected HOST:PORT with a port from 1 to 65535")]
    [InlineData("tcp-connect:a:1,tls=yes", "tls=yes: expected on or off")]
    [InlineData("tcp-connect:a:1,tls-ca=/c", "tls-ca goes with tls=on")]
    [InlineData("file:/a,max-bytes=10X", "max-bytes=10X: expected a size of 1024 bytes or more, for example 64K, 10M or 1G")]
    [InlineData("file:/a,max-bytes=1", "max-bytes=1: expected a size of 1024 bytes or more")]
    [InlineData("file:/a,max-bytes=M", "max-bytes=M: expected a size")]
    [InlineData("file:/a,max-bytes=-1K", "max-bytes=-1K: expected a size")]
    [InlineData("file:/a,max-bytes=99999999999G", "max-bytes=99999999999G: expected a size")]
    [InlineData("file:/a,max-bytes=1M,keep=0", "keep=0: expected a number from 1 to 1000")]
    [InlineData("file:/a,keep=3", "keep goes with max-bytes")]
    [InlineData("file:/a,timestamps=utc", "timestamps=utc: expected on or off")]
    [InlineData("fifo", "expected fifo:PATH")]
    [InlineData("fd:x", "expected the number of an inherited descriptor, for example fd:3")]
    [InlineData("fd:-1", "expected the number of an inherited descriptor")]
    [InlineData("pty:/a,mode=0600", "pty has no options, such as 'mode'")]
    public void What_is_wrong_is_said_with_what_is_expected(string text, string expected)
    {
        UsageException refusal = Assert.Throws<UsageException>(() => Backend.Parse(text));
        Assert.Contains(expected, refusal.Message, StringComparison.Ordinal);
        Assert.Contains($"'{text}'", refusal.Message, StringComparison.Ordinal);
    }
}
