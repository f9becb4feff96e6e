using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace FastRing.Host.Client;

/// <summary>Speaks HTTP with the daemon over its API's unix socket. Whatever goes wrong is an <see cref="ApiException"/>.</summary>
internal sealed class ApiClient : IDisposable
{
    private const int LargestAnswer = 64 << 20;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _socketPath;
    private readonly TimeSpan _patience;
    private readonly HttpClient _http;

    /// <param name="socketPath">The API's socket.</param>
    /// <param name="patience">How long an answer may take; null: a minute.</param>
    /// <exception cref="UsageException">It can't be the path of a socket.</exception>
    public ApiClient(string socketPath, TimeSpan? patience = null)
    {
        _socketPath = socketPath;
        _patience = patience ?? Patience;
        UnixDomainSocketEndPoint endPoint = EndPointOf(socketPath);
        var handler = new SocketsHttpHandler
        {
            ConnectCallback = (_, cancellation) => ConnectAsync(endPoint, cancellation),
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
        };
        _http = new HttpClient(handler)
        {
            BaseAddress = new Uri("http://fastring"),
            Timeout = Timeout.InfiniteTimeSpan,
            MaxResponseContentBufferSize = LargestAnswer,
        };
    }

    public void Dispose() => _http.Dispose();

    /// <summary>GET, and the answer as what it is to be.</summary>
    public async Task<T> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellation)
    {
        using HttpResponseMessage answer = await SendAsync(new HttpRequestMessage(HttpMethod.Get, path), _patience, cancellation);
        return await ReadAsync(answer, type, cancellation);
    }

    /// <summary>POST or PUT; the answer is as long coming as <paramref name="patience"/> says.</summary>
    public async Task<TAnswer> SendAsync<TBody, TAnswer>(
        HttpMethod method, string path, TBody body, JsonTypeInfo<TBody> bodyType, JsonTypeInfo<TAnswer> answerType, CancellationToken cancellation, TimeSpan? patience = null)
    {
        var request = new HttpRequestMessage(method, path) { Content = JsonContent.Create(body, bodyType) };
        using HttpResponseMessage answer = await SendAsync(request, patience ?? _patience, cancellation);
        return await ReadAsync(answer, answerType, cancellation);
    }

    /// <summary>What is done without an answer but that it was done.</summary>
    public async Task SendAsync<TBody>(HttpMethod method, string path, TBody body, JsonTypeInfo<TBody> bodyType, CancellationToken cancellation)
    {
        var request = new HttpRequestMessage(method, path) { Content = JsonContent.Create(body, bodyType) };
        (await SendAsync(request, _patience, cancellation)).Dispose();
    }

    /// <summary>The same, with nothing more to say.</summary>
    public async Task SendAsync(HttpMethod method, string path, CancellationToken cancellation) =>
        (await SendAsync(new HttpRequestMessage(method, path), _patience, cancellation)).Dispose();

    /// <summary>POST without a body, and its answer.</summary>
    public async Task<T> PostAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellation)
    {
        using HttpResponseMessage answer = await SendAsync(new HttpRequestMessage(HttpMethod.Post, path), _patience, cancellation);
        return await ReadAsync(answer, type, cancellation);
    }

    /// <summary>GET, and the answer's bytes as they come. Reading them may throw what <see cref="Broken"/> translates.</summary>
    public async Task<Stream> OpenAsync(string path, long? lastEventId, CancellationToken cancellation)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (lastEventId is { } id)
        {
            request.Headers.Add("Last-Event-ID", $"{id}");
        }

        return await OpenAsync(request, cancellation);
    }

    /// <summary>POST of something that lasts, and what comes of it. Reading it may throw what <see cref="Broken"/> translates.</summary>
    public Task<Stream> StartAsync(string path, CancellationToken cancellation) => OpenAsync(new HttpRequestMessage(HttpMethod.Post, path), cancellation);

    /// <summary>What a connection that ended in the middle of an answer is to the user.</summary>
    public ApiException Broken(Exception e) => ApiException.NoDaemon($"{_socketPath}: the daemon ended the connection{(e.InnerException is SocketException reason ? $": {reason.Message}" : " in the middle of an answer")}");

    private async Task<Stream> OpenAsync(HttpRequestMessage request, CancellationToken cancellation)
    {
        HttpResponseMessage answer = await SendAsync(request, _patience, cancellation, HttpCompletionOption.ResponseHeadersRead);
        return await answer.Content.ReadAsStreamAsync(cancellation);
    }

    private static UnixDomainSocketEndPoint EndPointOf(string path)
    {
        try
        {
            return new UnixDomainSocketEndPoint(path.StartsWith('@') ? '\0' + path[1..] : path);
        }
        catch (ArgumentException)
        {
            throw new UsageException($"--api '{path}': the path of a socket has 1 to 107 bytes");
        }
    }

    private static async ValueTask<Stream> ConnectAsync(UnixDomainSocketEndPoint endPoint, CancellationToken cancellation)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(endPoint, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request, TimeSpan patience, CancellationToken cancellation, HttpCompletionOption completion = HttpCompletionOption.ResponseContentRead)
    {
        using var expiry = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        expiry.CancelAfter(patience);
        try
        {
            using (request)
            {
                HttpResponseMessage answer = await _http.SendAsync(request, completion, expiry.Token);
                return answer.IsSuccessStatusCode ? answer : throw await RefusalAsync(answer, expiry.Token);
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw ApiException.TimedOut($"{_socketPath}: no answer within {patience.TotalSeconds:0.###} s");
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw Unanswered(e);
        }
    }

    private ApiException Unanswered(Exception e) => e switch
    {
        { InnerException: SocketException reason } => ApiException.NoDaemon(
            $"no daemon at {_socketPath}: {(reason.SocketErrorCode is SocketError.AddressNotAvailable ? "there is no such socket" : reason.Message)}"),
        HttpRequestException { HttpRequestError: HttpRequestError.ConfigurationLimitExceeded } =>
            ApiException.Failed($"{_socketPath}: the answer is larger than {LargestAnswer >> 20} MiB"),
        HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse } => ApiException.Failed($"{_socketPath}: the answer is not HTTP"),
        _ => Broken(e.InnerException ?? e),
    };

    private static async Task<ApiException> RefusalAsync(HttpResponseMessage answer, CancellationToken cancellation)
    {
        using (answer)
        {
            await answer.Content.LoadIntoBufferAsync(LargestAnswer, cancellation);
            return ApiException.Refused(answer.StatusCode, await ProblemOfAsync(answer, cancellation));
        }
    }

    private static async Task<Problem> ProblemOfAsync(HttpResponseMessage answer, CancellationToken cancellation)
    {
        string status = $"the daemon answered {(int)answer.StatusCode} {PlainText.Of(answer.ReasonPhrase ?? "")}".TrimEnd();
        try
        {
            Problem? problem = answer.Content.Headers.ContentType?.MediaType == "application/problem+json"
                ? await answer.Content.ReadFromJsonAsync(ClientJson.Default.Problem, cancellation)
                : null;
            return problem is { Title: null, Detail: null } or null
                ? new Problem(status, null, null)
                : new Problem(problem.Title is { } title ? PlainText.Of(title) : null, problem.Detail is { } detail ? PlainText.Lines(detail) : null, null);
        }
        catch (JsonException)
        {
            return new Problem(status, null, null);
        }
    }

    private async Task<T> ReadAsync<T>(HttpResponseMessage answer, JsonTypeInfo<T> type, CancellationToken cancellation)
    {
        try
        {
            return await answer.Content.ReadFromJsonAsync(type, cancellation) ?? throw new JsonException("null");
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or InvalidOperationException)
        {
            throw ApiException.Failed($"{_socketPath}: the answer is not what was asked for: {PlainText.Of(e.Message)}");
        }
    }
}
