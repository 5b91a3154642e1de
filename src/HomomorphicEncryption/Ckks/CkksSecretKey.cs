using System.Security.Cryptography;
using Blindsight.Arithmetic.Memory;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Arithmetic.Residues;

namespace Blindsight.HomomorphicEncryption.Ckks;

/// <summary>A uniform ternary secret, a function of 16 bytes, as transforms modulo every prime. Cleared on disposal.</summary>
public sealed class CkksSecretKey : IDisposable
{
    /// <summary>What a secret key is stored as.</summary>
    public const int SeedBytes = Prg.SeedBytes;

    private readonly byte[] _seed;
    private readonly AlignedBuffer<double> _transforms;

    private CkksSecretKey(CkksContext context, ReadOnlySpan<byte> seed)
    {
        Context = context;
        CkksParameters parameters = context.Parameters;
        _seed = GC.AllocateUninitializedArray<byte>(SeedBytes, pinned: true);
        seed.CopyTo(_seed);
        _transforms = new AlignedBuffer<double>((parameters.Levels + 1) * parameters.Degree);
        Span<byte> key = stackalloc byte[AesCounter.BlockBytes];
        using (Prg prg = Prg.Derive(seed, "ckks secret", parameters.Digest)) prg.Fill(key);
        using (AesCounter stream = new(key)) ResidueSampler.Ternary(stream, 0, Transform(0));
        CryptographicOperations.ZeroMemory(key);
        for (int i = parameters.Levels; i >= 0; i--)
        {
            if (i > 0) Transform(0).CopyTo(Transform(i));
            parameters.Transforms[i].Forward(Transform(i));
        }
    }

    /// <summary>Draws a key.</summary>
    public static CkksSecretKey Create(CkksContext context, Prg prg)
    {
        Span<byte> seed = stackalloc byte[SeedBytes];
        prg.Fill(seed);
        CkksSecretKey key = new(context, seed);
        CryptographicOperations.ZeroMemory(seed);
        return key;
    }

    /// <summary>The key that <see cref="WriteSeed"/> wrote.</summary>
    /// <exception cref="ArgumentException">Not 16 bytes.</exception>
    public static CkksSecretKey FromSeed(CkksContext context, ReadOnlySpan<byte> seed)
    {
        if (seed.Length != SeedBytes) throw new ArgumentException($"A secret key's seed has {SeedBytes} bytes.", nameof(seed));
        return new CkksSecretKey(context, seed);
    }

    internal CkksContext Context { get; }

    /// <summary>The key's seed, a secret: seal it.</summary>
    public void WriteSeed(Span<byte> seed) => _seed.CopyTo(seed);

    /// <summary>The transform modulo prime i; that of P last.</summary>
    internal Span<double> Transform(int prime) => _transforms.Span.Slice(prime * Context.Parameters.Degree, Context.Parameters.Degree);

    public void Dispose()
    {
        _transforms.Dispose();
        CryptographicOperations.ZeroMemory(_seed);
    }
}
