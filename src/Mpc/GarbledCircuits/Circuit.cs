using System.Collections.Immutable;

namespace Blindsight.Mpc.GarbledCircuits;

/// <summary>
/// A boolean circuit as data, immutable and public: gates in order over slots, the first of which hold the inputs. Made by
/// <see cref="CircuitBuilder"/>.
/// </summary>
/// <param name="Inputs">Input number i lies in slot i at the beginning.</param>
/// <param name="Slots">Wires that live at the same time, at most.</param>
public sealed record Circuit(int Inputs, int Slots, ImmutableArray<Gate> Gates, ImmutableArray<CircuitOutput> Outputs)
{
    /// <summary>Gates that cost ciphertexts.</summary>
    public int Ands { get; } = Gates.Count(gate => gate.Kind == GateKind.And);

    /// <summary>The circuit's meaning: evaluates 64 instances at a time in the clear.</summary>
    /// <param name="inputs">One word an input; bit j belongs to instance j.</param>
    /// <param name="outputs">One word an output.</param>
    public void Evaluate(ReadOnlySpan<ulong> inputs, Span<ulong> outputs)
    {
        if (inputs.Length != Inputs || outputs.Length != Outputs.Length)
            throw new ArgumentException($"The circuit has {Inputs} inputs and {Outputs.Length} outputs.");
        ulong[] slots = new ulong[Slots];
        inputs.CopyTo(slots);
        foreach (Gate gate in Gates)
            slots[gate.Output] = gate.Kind == GateKind.Xor
                ? slots[gate.A] ^ slots[gate.B]
                : (slots[gate.A] ^ Ones(gate.InvertA)) & (slots[gate.B] ^ Ones(gate.InvertB));
        for (int i = 0; i < outputs.Length; i++)
            outputs[i] = (Outputs[i].Slot < 0 ? 0 : slots[Outputs[i].Slot]) ^ Ones(Outputs[i].Inverted);
    }

    private static ulong Ones(bool set) => set ? ulong.MaxValue : 0;
}
