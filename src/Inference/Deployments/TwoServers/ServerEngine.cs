using System.Collections.Immutable;
using System.Security.Cryptography;
using Blindsight.Compiler.Plans;
using Blindsight.Inference.Deployments.TwoServers.Correlations;
using Blindsight.Inference.Deployments.TwoServers.Steps;
using Blindsight.Mpc.Channels;

namespace Blindsight.Inference.Deployments.TwoServers;

/// <summary>Runs a plan at one of two servers, query by query: <see cref="Prepare"/> before the input is known, then <see cref="Run"/>.</summary>
internal sealed class ServerEngine(ServerParty party, ServerProgram program)
{
    /// <summary>Called with each step and this server's share of what it wrote; for tests, which hold both servers.</summary>
    internal Action<int, uint[]>? ShareObserver { get; set; }

    /// <summary>Takes a query's correlations from the source and multiplies what does not wait for the input.</summary>
    /// <param name="source">Owned by the result.</param>
    /// <exception cref="ProtocolException">The other server holds another plan, or another query's correlations.</exception>
    public PreparedQuery Prepare(ICorrelationSource source)
    {
        Agree(source);
        PreparedQuery query = new(program.Steps.Length, source);
        for (int index = 0; index < program.Steps.Length; index++)
        {
            ServerStep step = program.Steps[index];
            query.Material[index] = step.Prepare(source, query);
            foreach (MaskShape shape in program.OpeningShapes(step.Step).OfType<MaskShape>()) query.Masks[shape.Tensor] = source.Take(shape).Consume();
        }
        party.Peer.Flush();
        return query;
    }

    /// <summary>One query.</summary>
    /// <param name="inputs">This server's share of each input of the plan, modulo 2^32.</param>
    /// <returns>This server's share of each output, in the few bits of its tensor's ring.</returns>
    /// <exception cref="ArgumentException">An input has not the plan's length.</exception>
    public ImmutableArray<uint[]> Run(PreparedQuery query, ImmutableArray<uint[]> inputs)
    {
        query.Consume();
        using QueryState state = new();
        foreach (InputStep input in program.Plan.Steps.OfType<InputStep>())
        {
            if (inputs[input.InputIndex].Length != program.Plan.Tensors[input.Output].Elements)
                throw new ArgumentException($"Input {input.InputIndex} has {inputs[input.InputIndex].Length} elements.");
            state.Shares[input.Output] = [.. inputs[input.InputIndex]];
        }
        for (int index = 0; index < program.Steps.Length; index++)
        {
            PlanStep step = program.Steps[index].Step;
            program.Steps[index].Run(party, query.Material[index], state);
            if (program.Flow.Opens(step)) Open(query, state, step.Writes);
            if (step.Writes >= 0) ShareObserver?.Invoke(index, state.Shares[step.Writes]);
            foreach (int tensor in step.Reads)
                if (program.Flow.LastUse(tensor) == index) Release(state, tensor);
        }
        // The other server may wait for the last message while this one waits for nothing.
        party.Peer.Flush();
        return [.. state.Results.OrderBy(result => result.Key).Select(result => result.Value)];
    }

    /// <summary>Both servers name plan, protocols and correlations, before anything is opened: one message each way.</summary>
    private void Agree(ICorrelationSource source)
    {
        byte[] name = SHA256.HashData([.. program.Name, .. source.Name]), theirs = new byte[name.Length];
        party.Peer.Send(TwoServersTag.Agreement, name);
        party.Peer.Receive(TwoServersTag.Agreement, theirs);
        if (!name.AsSpan().SequenceEqual(theirs))
            throw new ProtocolException(PeerFault.PlanMismatch, "correlations", "the other server holds another plan or another query's correlations");
    }

    /// <summary>Opens X - A, in as many bits as what it enters needs.</summary>
    private void Open(PreparedQuery query, QueryState state, int tensor)
    {
        uint[] share = state.Shares[tensor], mask = query.Masks[tensor], difference = new uint[share.Length];
        for (int i = 0; i < difference.Length; i++) difference[i] = share[i] - mask[i];
        int bits = program.OpenedBits(tensor);
        party.SendNumbers(TwoServersTag.TensorOpening, difference, bits);
        party.ReceiveNumbers(TwoServersTag.TensorOpening, difference, bits, difference);
        state.Opened[tensor] = difference;
    }

    private static void Release(QueryState state, int tensor)
    {
        state.Shares.Release(tensor);
        state.Opened.Remove(tensor);
    }
}
