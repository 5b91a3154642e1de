namespace Blindsight.Inference.Protocols.Nonlinear;

/// <summary>One party's preprocessed material of one <see cref="Comparison"/>; used once.</summary>
internal sealed class ComparisonCorrelation
{
    private bool _consumed;

    public ComparisonCorrelation(int digits, int elements, bool atServer)
    {
        LeafPads = Arrays<ulong>(digits, elements, atServer);
        Choices = Arrays<byte>(digits, elements, !atServer);
        ChosenPads = Arrays<byte>(digits, elements, !atServer);
    }

    /// <summary>At the server, by digit: 2^m pads of an element in a word.</summary>
    public ulong[][] LeafPads { get; }

    /// <summary>At the client, by digit: the choice of each element, random at first, its own once fixed.</summary>
    public byte[][] Choices { get; }

    /// <summary>At the client, by digit: the pad that the choice selects.</summary>
    public byte[][] ChosenPads { get; }

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

    private static T[][] Arrays<T>(int digits, int elements, bool needed) =>
        needed ? [.. Enumerable.Range(0, digits).Select(_ => GC.AllocateUninitializedArray<T>(elements))] : [];
}
