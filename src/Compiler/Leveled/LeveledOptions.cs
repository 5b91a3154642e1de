using Blindsight.Arithmetic;

namespace Blindsight.Compiler.Leveled;

/// <summary>What a program is made for.</summary>
public sealed record LeveledOptions
{
    /// <summary>Whether the evaluating party sees ciphertexts of the weights only.</summary>
    public bool EncryptedWeights { get; init; }

    /// <summary>Images that are to be predicted together.</summary>
    public int Batch { get; init; } = 1;

    /// <summary>Most bytes that encrypted or encoded weights may take.</summary>
    public long WeightBytesMax { get; init; } = 4L << 30;

    /// <summary>Whether the holder of the key applies activations and maxima on the way.</summary>
    public bool Refresh { get; init; }

    /// <summary>How many times larger values may be than any of calibration.</summary>
    public double Headroom { get; init; } = 4;

    /// <exception cref="ParameterException">An option is out of range.</exception>
    public void Check()
    {
        if (Batch < 1) throw new ParameterException($"a batch of {Batch} images; at least 1");
        if (WeightBytesMax < 1) throw new ParameterException($"{WeightBytesMax} bytes for weights; at least 1");
        if (!(Headroom >= 1)) throw new ParameterException($"a headroom of {Headroom}; at least 1");
    }
}
