using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using Blindsight.Compiler.Plans;
using Blindsight.Hosting.Server.Http;
using Blindsight.Transport;
using Blindsight.Transport.Tls;

namespace Blindsight.Hosting.Client;

/// <summary>A client's requests to one server. Every answer is checked; faults have the server's own names.</summary>
public sealed class ServerConnection : IDisposable
{
    private const int AnswerBytesMax = 1 << 20;
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(100);

    private readonly HttpClient _http;
    private long _sent, _received;
    private volatile string? _refusal;

    public ServerConnection(ServerRole role, Uri address, ConnectionSecurity security)
    {
        Role = role;
        SocketsHttpHandler handler = new() { UseProxy = false, AllowAutoRedirect = false, UseCookies = false, ConnectTimeout = TimeSpan.FromSeconds(10) };
        if (security.Identity is { } identity)
            handler.SslOptions = identity.ForClient(address.DnsSafeHost, (_, certificate, chain, errors) =>
            {
                // One server that answers in the other's place too would be sent both shares of an input.
                CertificateVerdict verdict = CertificateVerdict.Of(certificate, chain, errors).For(role.Part());
                _refusal = verdict.Fault is { } fault ? $"{fault}: {verdict.Reason}" : null;
                return verdict.Fault is null;
            });
        _http = new HttpClient(handler) { BaseAddress = address, Timeout = Timeout, MaxResponseContentBufferSize = PlanSerializer.MaxBytes };
    }

    public ServerRole Role { get; }

    /// <summary>Bytes of bodies.</summary>
    public long Sent => _sent;

    /// <inheritdoc cref="Sent"/>
    public long Received => _received;

    /// <summary>What the server runs.</summary>
    /// <exception cref="QueryFaultException">It cannot be reached, or is not the party that it is taken for.</exception>
    public async Task<ModelDescription> ModelAsync(CancellationToken cancellation)
    {
        ModelDescription model = Parse<ModelDescription>(await AskAsync(HttpMethod.Get, "v1/model", null, cancellation));
        if (model.Party != $"{Role.Letter()}")
            throw new QueryFaultException(QueryFault.BadAnswer, $"{_http.BaseAddress} is party {model.Party}, not {Role.Letter()}");
        return model;
    }

    /// <summary>The plan of that hash.</summary>
    /// <exception cref="QueryFaultException">The server holds another.</exception>
    /// <exception cref="Arithmetic.ParameterException">What it sends is no plan.</exception>
    public async Task<InferencePlan> PlanAsync(byte[] hash, CancellationToken cancellation)
    {
        byte[] text = await AskAsync(HttpMethod.Get, "v1/plan", null, cancellation);
        if (!SHA256.HashData(text).AsSpan().SequenceEqual(hash))
            throw new QueryFaultException(QueryFault.PlanMismatch, $"server {Role.Letter()} holds another plan than the query was made for");
        return PlanSerializer.Deserialize(text);
    }

    /// <exception cref="QueryFaultException">Refused; the name says why.</exception>
    public Task UploadAsync(QueryId id, byte[] upload, CancellationToken cancellation) =>
        AskAsync(HttpMethod.Post, $"v1/queries/{id}", upload, cancellation);

    /// <summary>The query's state; with <paramref name="waitSeconds"/>, up to 30, once it has changed or the time is up.</summary>
    /// <exception cref="QueryFaultException">There is no such query.</exception>
    public async Task<QueryAnswer> StateAsync(QueryId id, int waitSeconds, CancellationToken cancellation) =>
        Parse<QueryAnswer>(await AskAsync(HttpMethod.Get, $"v1/queries/{id}?wait={waitSeconds}", null, cancellation));

    /// <summary>The sealed result.</summary>
    /// <exception cref="QueryFaultException">There is none.</exception>
    public Task<byte[]> ResultAsync(QueryId id, CancellationToken cancellation) =>
        AskAsync(HttpMethod.Get, $"v1/queries/{id}/result", null, cancellation);

    public Task DeleteAsync(QueryId id, CancellationToken cancellation) => AskAsync(HttpMethod.Delete, $"v1/queries/{id}", null, cancellation);

    public void Dispose() => _http.Dispose();

    private async Task<byte[]> AskAsync(HttpMethod method, string path, byte[]? body, CancellationToken cancellation)
    {
        using HttpRequestMessage request = new(method, path);
        if (body is not null) request.Content = new ByteArrayContent(body);
        byte[] answer;
        HttpStatusCode status;
        try
        {
            using HttpResponseMessage response = await _http.SendAsync(request, cancellation);
            (status, answer) = (response.StatusCode, await response.Content.ReadAsByteArrayAsync(cancellation));
        }
        catch (HttpRequestException fault)
        {
            throw new QueryFaultException(
                QueryFault.Unreachable, $"server {Role.Letter()} at {_http.BaseAddress} does not answer: {_refusal ?? fault.Message}", fault);
        }
        catch (TaskCanceledException late) when (!cancellation.IsCancellationRequested)
        {
            throw new QueryFaultException(QueryFault.Unreachable, $"server {Role.Letter()} at {_http.BaseAddress} did not answer in time", late);
        }
        Interlocked.Add(ref _sent, body?.Length ?? 0);
        Interlocked.Add(ref _received, answer.Length);
        if ((int)status is >= 200 and < 300) return answer;
        FaultBody fault2 = Parse<FaultBody>(answer);
        QueryFault named = Enum.TryParse(fault2.Fault, out QueryFault known) && known != QueryFault.None ? known : QueryFault.BadAnswer;
        throw new QueryFaultException(named, $"server {Role.Letter()} says {Shown(fault2.Fault)}: {Shown(fault2.Message)}");
    }

    private T Parse<T>(byte[] answer) where T : class
    {
        try
        {
            if (answer.Length <= AnswerBytesMax && JsonSerializer.Deserialize<T>(answer, ClientInterface.Format) is { } parsed) return parsed;
        }
        catch (Exception fault) when (fault is JsonException or NotSupportedException)
        {
            // Refused below.
        }
        throw new QueryFaultException(QueryFault.BadAnswer, $"server {Role.Letter()} at {_http.BaseAddress} gives an answer that is none");
    }

    /// <summary>A server's words, as far as a terminal may show them.</summary>
    private static string Shown(string text) => new([.. text.Take(300).Where(character => !char.IsControl(character))]);
}
