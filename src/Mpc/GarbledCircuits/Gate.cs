namespace Blindsight.Mpc.GarbledCircuits;

/// <summary>What a gate computes.</summary>
public enum GateKind : byte
{
    /// <summary>a xor b; free.</summary>
    Xor,

    /// <summary>(a xor InvertA) and (b xor InvertB); two ciphertexts.</summary>
    And,
}

/// <summary>One gate of a <see cref="Circuit"/>. Wires are named by slots, each of which serves several wires, one after the other.</summary>
/// <param name="Output">Differs from <paramref name="A"/> and <paramref name="B"/>.</param>
public readonly record struct Gate(GateKind Kind, int A, int B, int Output, bool InvertA, bool InvertB);

/// <summary>An output of a circuit: a slot after the last gate, or its inverse; a constant where the slot is negative.</summary>
public readonly record struct CircuitOutput(int Slot, bool Inverted);
