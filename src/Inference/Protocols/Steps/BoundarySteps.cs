using Blindsight.Arithmetic.Bits;
using Blindsight.Compiler.Plans;
using Blindsight.Inference.Costs;

namespace Blindsight.Inference.Protocols.Steps;

/// <summary>An <see cref="InputStep"/>: the client's share is the input, the server's is zero.</summary>
internal sealed class InputProtocol(InputStep step, int elements) : StepProtocol(step)
{
    /// <summary>At the client: the encoded rows of this run.</summary>
    public uint[]? Encoded { get; set; }

    public override void Run(Party party, object? prepared, Shares shares)
    {
        shares[step.Output] = party.IsServer ? new uint[elements]
            : Encoded ?? throw new InvalidOperationException($"Input {step.InputIndex} was not set.");
        Encoded = null;
    }

    public override void Run(Script script) => script.Does(Role.Server, Work.Element, elements);
}

/// <summary>An <see cref="OutputStep"/>: the server sends its share in the ring's few bits; the client adds its own.</summary>
internal sealed class OutputProtocol(OutputStep step, int elements, int ringBits) : StepProtocol(step)
{
    /// <summary>At the client, after a run: the opened elements as signed numbers.</summary>
    public int[]? Opened { get; private set; }

    public override void Run(Party party, object? prepared, Shares shares)
    {
        uint[] share = shares[step.Input];
        byte[] message = new byte[BitPacking.PackedBytes(elements, ringBits)];
        if (party.IsServer)
        {
            BitPacking.Pack<uint>(share, ringBits, message);
            party.Channel.Send(MessageTag.Output, message);
            return;
        }
        uint[] theirs = new uint[elements];
        party.Channel.Receive(MessageTag.Output, message);
        Wire.Unpack(message, ringBits, theirs.AsSpan(), "output");
        Opened = new int[elements];
        for (int i = 0; i < elements; i++) Opened[i] = Ring.Signed(share[i] + theirs[i], ringBits);
    }

    public override void Run(Script script)
    {
        script.Both(Work.Element, elements);
        script.Message(Role.Server, BitPacking.PackedBytes(elements, ringBits));
    }
}
