using System.Security.Cryptography;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Plans;
using Blindsight.Hosting.Server.Http;
using Blindsight.Inference.Deployments.TwoServers;
using Blindsight.Mpc.Correlations.Dealing;
using Blindsight.Transport;

namespace Blindsight.Hosting.Client;

/// <summary>
/// The client of two servers: it splits its inputs and uploads the shares, may then go away, and later collects result shares and adds them. Nothing that
/// either server is sent tells it anything of the input.
/// </summary>
public sealed class OutsourcingClient : IDisposable
{
    private const int BusyRetryMs = 200, WaitSeconds = 20;

    private readonly ServerConnection _first, _second;

    public OutsourcingClient(Uri first, Uri second, ConnectionSecurity security)
    {
        if (first == second) throw new Arithmetic.ParameterException("both servers have the same address");
        (_first, _second) = (new ServerConnection(ServerRole.First, first, security), new ServerConnection(ServerRole.Second, second, security));
    }

    /// <summary>Bytes of bodies, to and from each server.</summary>
    public ClientTraffic Traffic => new(_first.Sent, _first.Received, _second.Sent, _second.Received);

    /// <summary>The plan that both servers hold.</summary>
    /// <exception cref="QueryFaultException">They hold different ones, or cannot be reached.</exception>
    public async Task<(InferencePlan Plan, byte[] Hash)> AgreedPlanAsync(CancellationToken cancellation)
    {
        ModelDescription[] models = await Task.WhenAll(_first.ModelAsync(cancellation), _second.ModelAsync(cancellation));
        if (models[0].Plan != models[1].Plan)
            throw new QueryFaultException(QueryFault.PlanMismatch, "the two servers hold different plans; nothing was sent to either");
        byte[] hash;
        try
        {
            hash = Convert.FromHexString(models[0].Plan);
        }
        catch (FormatException malformed)
        {
            throw new QueryFaultException(QueryFault.BadAnswer, "the servers' plan has no hash", malformed);
        }
        return (await _first.PlanAsync(hash, cancellation), hash);
    }

    /// <summary>The plan of a ticket.</summary>
    /// <exception cref="QueryFaultException">The first server holds another.</exception>
    public Task<InferencePlan> PlanAsync(byte[] hash, CancellationToken cancellation) => _first.PlanAsync(hash, cancellation);

    /// <summary>Splits one row and uploads both shares; waits while the servers have no room.</summary>
    /// <param name="busy">Told when it waits.</param>
    /// <exception cref="QueryFaultException">A server refuses, by name; the other's share then expires by itself, and tells nothing.</exception>
    public async Task SubmitAsync(
        InferencePlan plan, byte[] planHash, TicketQuery query, FloatTensor[] input, Action? busy, CancellationToken cancellation)
    {
        QueryId id = QueryId.Parse(query.Id);
        using ECDiffieHellman key = query.OpenKey();
        byte[] publicKey = SealedResult.PublicKey(key), seed = RandomNumberGenerator.GetBytes(DealtStream.SeedBytes);
        byte[] difference = QueryShares.Split(plan, input, seed);
        byte[] first = new QueryUpload(publicKey, seed).ToBytes(planHash), second = new QueryUpload(publicKey, difference).ToBytes(planHash);
        await Task.WhenAll(UploadAsync(_first, id, first, busy, cancellation), UploadAsync(_second, id, second, busy, cancellation));
        foreach (byte[] secret in new[] { seed, difference, first, second }) CryptographicOperations.ZeroMemory(secret);
    }

    /// <summary>One row's answer.</summary>
    /// <param name="wait">Waits until there is one; else <see cref="QueryFault.NotReady"/>.</param>
    /// <exception cref="QueryFaultException">The query failed or expired at a server, or has no answer yet.</exception>
    public async Task<FloatTensor[]> CollectAsync(InferencePlan plan, byte[] planHash, TicketQuery query, bool wait, CancellationToken cancellation)
    {
        QueryId id = QueryId.Parse(query.Id);
        using ECDiffieHellman key = query.OpenKey();
        if (wait) await Task.WhenAll(SettledAsync(_first, id, cancellation), SettledAsync(_second, id, cancellation));
        Task<byte[]> first = ShareAsync(_first, id, key, plan, planHash, cancellation), second = ShareAsync(_second, id, key, plan, planHash, cancellation);
        await Task.WhenAll(first, second);
        FloatTensor[] outputs = QueryShares.Join(plan, first.Result, second.Result);
        CryptographicOperations.ZeroMemory(first.Result);
        CryptographicOperations.ZeroMemory(second.Result);
        return outputs;
    }

    /// <summary>Has both servers erase a query. One that does not know it has nothing to erase.</summary>
    public async Task DeleteAsync(TicketQuery query, CancellationToken cancellation)
    {
        foreach (ServerConnection server in new[] { _first, _second })
        {
            try
            {
                await server.DeleteAsync(QueryId.Parse(query.Id), cancellation);
            }
            catch (QueryFaultException fault) when (fault.Fault == QueryFault.UnknownQuery)
            {
                // Forgotten there already.
            }
        }
    }

    public void Dispose()
    {
        _first.Dispose();
        _second.Dispose();
    }

    private static async Task UploadAsync(ServerConnection server, QueryId id, byte[] upload, Action? busy, CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                await server.UploadAsync(id, upload, cancellation);
                return;
            }
            catch (QueryFaultException fault) when (fault.Fault == QueryFault.TooManyWaiting)
            {
                busy?.Invoke();
                await Task.Delay(BusyRetryMs, cancellation);
            }
        }
    }

    private static async Task SettledAsync(ServerConnection server, QueryId id, CancellationToken cancellation)
    {
        while ((await server.StateAsync(id, WaitSeconds, cancellation)).State is "waiting" or "running")
        {
            // Asked again: the server answers at every change, and every so many seconds.
        }
    }

    private static async Task<byte[]> ShareAsync(
        ServerConnection server, QueryId id, ECDiffieHellman key, InferencePlan plan, byte[] planHash, CancellationToken cancellation)
    {
        byte[] message = await server.ResultAsync(id, cancellation);
        return SealedResult.Open(key, server.Role, id, planHash, message, QueryShares.ResultBytes(plan));
    }
}

/// <summary>Bytes of bodies between a client and both servers.</summary>
public sealed record ClientTraffic(long ToFirst, long FromFirst, long ToSecond, long FromSecond);
