using Blindsight.Enclave.Contexts;
using Blindsight.Enclave.Refresh;

namespace Blindsight.Enclave.Queries;

/// <summary>One query of a data owner: its input until the host begins, where it stands, and its result until the data owner asks for it.</summary>
/// <param name="epoch">The keys that it is bound to.</param>
/// <param name="inputs">By input, then image: elements in the data owner's order. Secret; cleared when they are encrypted.</param>
internal sealed class OwnedQuery(RoomId id, KeyContext context, ulong epoch, float[][][] inputs)
{
    public RoomId Id { get; } = id;
    public KeyContext Context { get; } = context;
    public ulong Epoch { get; } = epoch;
    public int Images { get; } = inputs[0].Length;
    public float[][][] Inputs { get; } = inputs;
    public QueryOrder Order { get; } = new([.. context.Model.StepCiphertexts]);

    /// <summary>From its beginning to its end.</summary>
    public RoomQuery? Work { get; set; }

    /// <summary>Once the outputs are in.</summary>
    public RoomResult? Result { get; set; }

    /// <summary>Why there will be none.</summary>
    public RoomException? Failure { get; private set; }

    /// <summary>There will be no result, and nothing more is decrypted for it.</summary>
    public void Fail(RoomException failure)
    {
        Failure ??= failure;
        Forget();
    }

    /// <summary>Overwrites what is known of it but the result.</summary>
    public void Forget()
    {
        foreach (float[] image in Inputs.SelectMany(images => images)) Array.Clear(image);
        Work?.Dispose();
        Work = null;
    }
}

/// <summary>What a query ends in: numbers that may be released to the data owner.</summary>
/// <param name="ErrorBound">Of each number of each output, in units of its slots, by noise, flood and rounding.</param>
/// <param name="StatisticalBits">That the flood hides the noise with; the least of all outputs.</param>
/// <param name="Outputs">By output, then image.</param>
internal sealed record RoomResult(double ErrorBound, double StatisticalBits, float[][][] Outputs);
