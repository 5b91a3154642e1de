using Blindsight.Arithmetic;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Plans;
using Blindsight.Hosting;
using Blindsight.Hosting.Client;
using Blindsight.Transport;

namespace Blindsight;

/// <summary>
/// The data owner's side where two servers that must not collude hold shares of the model: uploads shares of inputs, may then be away, and collects answers
/// later, also from another process. Neither server learns anything of inputs or results. Thread-safe.
/// </summary>
/// <example>
/// <code>
/// using TwoServersClient client = new("127.0.0.1:7701", "127.0.0.1:7702", ConnectionSecurity.Insecure);
/// Ticket ticket = await client.SubmitAsync(SampleReader.Read("photo.png"), [0], "my.ticket");
/// Prediction prediction = (await client.CollectAsync(ticket))[0];
/// </code>
/// </example>
public sealed class TwoServersClient : IDisposable
{
    private readonly Uri _first, _second;
    private readonly OutsourcingClient _client;

    /// <param name="first">The first server's address for clients, HOST:PORT.</param>
    /// <param name="second">The second's.</param>
    /// <param name="security">How connections to both are protected.</param>
    /// <exception cref="ParameterException">An address is malformed, nothing would protect what travels to it, or both are the same.</exception>
    public TwoServersClient(string first, string second, ConnectionSecurity security)
    {
        (_first, _second) = (ServerAddress.Parse(first, security), ServerAddress.Parse(second, security));
        _client = new OutsourcingClient(_first, _second, security);
    }

    /// <summary>The plan that both servers hold.</summary>
    /// <exception cref="QueryFaultException">They hold different ones, or cannot be reached; the fault has a name.</exception>
    public async Task<InferencePlan> PlanAsync(CancellationToken cancellation = default) => (await Agreed(cancellation).ConfigureAwait(false)).Plan;

    /// <summary>Splits rows of a data file, preprocessed as the model's card says, and uploads the shares.</summary>
    /// <param name="ticketPath">
    /// Where the ticket is written, for its owner alone, before anything is sent, so that nothing that was sent is lost; null keeps it in memory.
    /// </param>
    /// <param name="progress">Told how many rows were uploaded.</param>
    /// <returns>What <see cref="CollectAsync"/> needs. Whoever has it can read the answers.</returns>
    /// <exception cref="Compiler.Inputs.InputException">There is no such row, or one does not fit the model; nothing was sent.</exception>
    /// <exception cref="QueryFaultException">A server refuses or cannot be reached; the fault has a name.</exception>
    public async Task<Ticket> SubmitAsync(Compiler.Inputs.SampleSet samples, IEnumerable<int> rows, string? ticketPath = null,
        IProgress<int>? progress = null, CancellationToken cancellation = default)
    {
        (InferencePlan plan, byte[] hash) = await Agreed(cancellation).ConfigureAwait(false);
        int[] chosen = [.. rows];
        FloatTensor[][] inputs = Compiler.Inputs.Preprocessing.Apply(samples, chosen, plan.Card, PredictorExtensions.Single(plan).Shape);
        return await SubmitAsync(plan, hash, chosen, inputs, ticketPath, progress, cancellation).ConfigureAwait(false);
    }

    /// <summary>Splits inputs and uploads the shares.</summary>
    /// <param name="rows">For each row a tensor for each input of the plan.</param>
    /// <inheritdoc cref="SubmitAsync(Compiler.Inputs.SampleSet, IEnumerable{int}, string?, IProgress{int}?, CancellationToken)"/>
    public async Task<Ticket> SubmitAsync(IReadOnlyList<FloatTensor[]> rows, string? ticketPath = null, IProgress<int>? progress = null,
        CancellationToken cancellation = default)
    {
        (InferencePlan plan, byte[] hash) = await Agreed(cancellation).ConfigureAwait(false);
        return await SubmitAsync(plan, hash, [.. Enumerable.Range(0, rows.Count)], rows, ticketPath, progress, cancellation).ConfigureAwait(false);
    }

    /// <summary>Fetches the answers to what was submitted, in the ticket's order, and adds the shares.</summary>
    /// <param name="wait">Waits for answers that are not there yet; else they are <see cref="QueryFault.NotReady"/>.</param>
    /// <exception cref="QueryFaultException">A query failed or expired at a server, or has no answer yet; the fault has a name.</exception>
    public async Task<IReadOnlyList<Prediction>> CollectAsync(Ticket ticket, bool wait = true, CancellationToken cancellation = default)
    {
        InferencePlan plan = await _client.PlanAsync(ticket.PlanHash, cancellation).ConfigureAwait(false);
        Prediction[] predictions = new Prediction[ticket.Queries.Length];
        for (int i = 0; i < predictions.Length; i++)
            predictions[i] = new(plan, await _client.CollectAsync(plan, ticket.PlanHash, ticket.Queries[i], wait, cancellation).ConfigureAwait(false));
        return predictions;
    }

    /// <summary>Has both servers erase what was submitted.</summary>
    /// <exception cref="QueryFaultException">A server cannot be reached.</exception>
    public async Task DeleteAsync(Ticket ticket, CancellationToken cancellation = default)
    {
        foreach (TicketQuery query in ticket.Queries) await _client.DeleteAsync(query, cancellation).ConfigureAwait(false);
    }

    /// <summary>Closes the connections; what was submitted stays.</summary>
    public void Dispose() => _client.Dispose();

    private Task<(InferencePlan Plan, byte[] Hash)> Agreed(CancellationToken cancellation) => _client.AgreedPlanAsync(cancellation);

    private async Task<Ticket> SubmitAsync(InferencePlan plan, byte[] hash, int[] numbers, IReadOnlyList<FloatTensor[]> inputs, string? ticketPath,
        IProgress<int>? progress, CancellationToken cancellation)
    {
        Ticket ticket = Ticket.Issue(_first, _second, plan, hash, numbers);
        if (ticketPath is not null) ticket.Write(ticketPath);
        for (int i = 0; i < inputs.Count; i++)
        {
            await _client.SubmitAsync(plan, hash, ticket.Queries[i], inputs[i], null, cancellation).ConfigureAwait(false);
            progress?.Report(i + 1);
        }
        return ticket;
    }
}
