namespace Blindsight.Inference.Protocols.Nonlinear;

/// <summary>One party's preprocessed material of one <see cref="Comparison"/>; used once.</summary>
internal sealed class ComparisonCorrelation(int digits)
{
    private bool _consumed;

    /// <summary>At the server, by digit: 2^m pads of an element in a word.</summary>
    public ulong[][] LeafPads { get; } = new ulong[digits][];

    /// <summary>At the client, by digit: the random choice of each element.</summary>
    public byte[][] Choices { get; } = new byte[digits][];

    /// <summary>At the client, by digit: the pad that the choice selects.</summary>
    public byte[][] ChosenPads { get; } = new byte[digits][];

    /// <summary>By level and node.</summary>
    public NodeTriples[][] Triples { get; set; } = [];

    /// <summary>Whether the corrections of the choices have travelled.</summary>
    public bool ChoicesFixed { get; set; }

    /// <summary>Marks the material as used.</summary>
    /// <exception cref="InvalidOperationException">It was used before.</exception>
    public void Consume()
    {
        if (_consumed) throw new InvalidOperationException("A comparison's correlation is used once.");
        _consumed = true;
    }
}
