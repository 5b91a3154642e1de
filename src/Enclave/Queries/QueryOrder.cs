using System.Collections.Immutable;

namespace Blindsight.Enclave.Queries;

/// <summary>
/// The order in which the host may use the enclave for a query, which would be a decryption oracle without it: first the inputs are fetched, once; then each
/// step hands in exactly the ciphertexts that the contract says, once and in turn. Whatever else is refused and changes nothing.
/// </summary>
/// <param name="counts">Ciphertexts of each step; those of the last are the outputs.</param>
public sealed class QueryOrder(ImmutableArray<int> counts)
{
    private int _next = -1;

    /// <summary>Whether the outputs were handed in.</summary>
    public bool IsDone => _next == counts.Length;

    /// <summary>The step that hands in the outputs.</summary>
    public int Outputs => counts.Length - 1;

    /// <summary>The inputs are fetched.</summary>
    /// <exception cref="RoomException">StepReplayed.</exception>
    public void Begin()
    {
        if (_next >= 0) throw new RoomException(RoomFault.StepReplayed, "the query's inputs were fetched before");
        _next = 0;
    }

    /// <summary>A step hands in ciphertexts.</summary>
    /// <exception cref="RoomException">StepReplayed, StepOutOfOrder or WrongCount.</exception>
    public void Advance(int step, int ciphertexts)
    {
        if (step >= 0 && step < _next) throw new RoomException(RoomFault.StepReplayed, $"step {step} was done before");
        if (step < 0 || step >= counts.Length || step != _next)
            throw new RoomException(RoomFault.StepOutOfOrder, $"step {step} of {counts.Length} is asked for where "
                + (_next < 0 ? "the inputs were not fetched yet" : $"step {_next} is next"));
        if (ciphertexts != counts[step])
            throw new RoomException(RoomFault.WrongCount, $"step {step} hands in {ciphertexts} ciphertexts where it takes {counts[step]}");
        _next++;
    }
}
