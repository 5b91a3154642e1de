namespace Blindsight.Enclave;

/// <summary>What the enclave admits, and when keys are replaced.</summary>
public sealed record RoomLimits
{
    public static RoomLimits Default { get; } = new();

    /// <summary>Results that are released under one key: the flood is made for so many. Then the context gets another key.</summary>
    public int ResultsPerKey { get; init; } = 256;

    /// <summary>Ciphertexts that are decrypted under one key, at most. Then the context gets another key, before the next query.</summary>
    public int DecryptionsPerKey { get; init; } = 1 << 20;

    /// <summary>With which the flood of results hides their noise, where the error that is permitted leaves so many.</summary>
    public int StatisticalBits { get; init; } = 40;

    /// <summary>The error that the flood may bring into results, in slots, of which the largest result of calibration fills a quarter or less.</summary>
    public double ResultErrorMax { get; init; } = 1.0 / 1024;

    public int ChannelsMax { get; init; } = 256;
    public int ModelsMax { get; init; } = 16;

    /// <summary>Pairs of model and data owner with keys in memory.</summary>
    public int ContextsMax { get; init; } = 32;

    /// <summary>Queries that wait, run, or hold a result, of all contexts.</summary>
    public int QueriesMax { get; init; } = 1024;

    /// <summary>Bytes of a model as it is uploaded.</summary>
    public int ModelBytesMax { get; init; } = 1 << 30;
}
