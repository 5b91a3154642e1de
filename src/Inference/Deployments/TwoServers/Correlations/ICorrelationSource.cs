namespace Blindsight.Inference.Deployments.TwoServers.Correlations;

/// <summary>
/// Where one server's correlations of one query come from. Whoever consumes them does not know: a dealer, the servers between themselves, an
/// enclave. Both servers ask for the same shapes in the same order; what is handed out is handed out once.
/// </summary>
internal interface ICorrelationSource : IDisposable
{
    /// <summary>32 bytes by which both servers recognise that they hold the same query's correlations; tells nothing of them.</summary>
    ReadOnlySpan<byte> Name { get; }

    /// <summary>A uniform stream that both servers hold and nobody else.</summary>
    void FillCommon(Span<uint> words);

    Correlation<uint[]> Take(MaskShape shape);

    Correlation<uint[]> Take(ProductShape shape);

    /// <exception cref="ArgumentException">The source makes no such shape.</exception>
    Correlation<TransferMaterial> Take(TransferShape shape);

    /// <inheritdoc cref="Take(TransferShape)"/>
    Correlation<WideningShares> Take(WideningShape shape);

    /// <inheritdoc cref="Take(TransferShape)"/>
    Correlation<SelectionShares> Take(SelectionShape shape);
}

/// <summary>One party's part of a correlation; used once.</summary>
internal sealed class Correlation<T>(T material) where T : class
{
    private T? _material = material;

    /// <exception cref="InvalidOperationException">It was used before.</exception>
    public T Consume() => Interlocked.Exchange(ref _material, null) ?? throw new InvalidOperationException("A correlation is used once.");
}
