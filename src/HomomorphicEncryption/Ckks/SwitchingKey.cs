using Blindsight.Arithmetic.Memory;
using Blindsight.Arithmetic.Ntt;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Arithmetic.Residues;

namespace Blindsight.HomomorphicEncryption.Ckks;

/// <summary>
/// Takes c under a secret s' to (b, a) under s: for digit j, b[j] = -a[j] s + e[j] + P g[j] s', with g[j] 1 modulo q[j] and 0 modulo
/// the other primes, so that the digits of c are its residues. Immutable and thread-safe.
/// </summary>
/// <remarks>
/// Rows lie as <see cref="ResidueRows"/> reads them: by prime, by block of 64 lanes, by digit. Source: Bajard and others,
/// "A Full RNS Variant of FV" (2016), section 4.6; one special prime as in Gentry, Halevi and Smart, "Homomorphic Evaluation of the AES Circuit" (2012).
/// </remarks>
internal sealed class SwitchingKey : IDisposable
{
    private const int Lanes = ResidueRows.Lanes;

    private readonly CkksParameters _parameters;
    private readonly AlignedBuffer<double>[] _pairs;

    /// <summary>A key whose halves a are in place and whose halves b are to be written.</summary>
    public SwitchingKey(CkksContext context, byte[] seed)
    {
        (_parameters, Seed) = (context.Parameters, seed);
        _pairs = [.. Enumerable.Range(0, Moduli).Select(_ => new AlignedBuffer<double>(2 * Digits * _parameters.Degree))];
        using Scratch scratch = context.Take(_parameters.Degree, secret: false);
        using AesCounter stream = CkksSeed.Stream(_parameters, seed);
        for (int digit = 0; digit < Digits; digit++)
            for (int prime = 0; prime < Moduli; prime++)
            {
                CkksSeed.Uniform(_parameters.Modulus(prime), stream, digit * Moduli + prime, scratch.Span);
                Write(digit, prime, true, scratch.Span);
            }
    }

    public byte[] Seed { get; }

    public void RequireParameters(CkksParameters parameters)
    {
        if (!ReferenceEquals(_parameters, parameters)) throw new ArgumentException("The key belongs to other parameters.");
    }

    public int Digits => _parameters.Levels;

    public int Moduli => _parameters.Levels + 1;

    /// <summary>Elements from one block to the next.</summary>
    public int Stride => 2 * Lanes * Digits;

    /// <param name="to">Transforms of s modulo all primes, N elements each.</param>
    /// <param name="from">Transforms of s' likewise.</param>
    public static SwitchingKey Create(CkksContext context, ReadOnlySpan<double> from, ReadOnlySpan<double> to, Prg prg)
    {
        CkksParameters parameters = context.Parameters;
        int degree = parameters.Degree;
        SwitchingKey key = new(context, CkksSeed.Draw(prg));
        using Scratch work = context.Take(3 * degree, secret: true);
        Span<double> noise = work.Span[..degree], b = work.Span.Slice(degree, degree), a = work.Span[(2 * degree)..];
        for (int digit = 0; digit < key.Digits; digit++)
        {
            CkksSeed.Noise(prg, noise, a);
            for (int prime = 0; prime < key.Moduli; prime++)
            {
                NegacyclicNtt ntt = parameters.Transforms[prime];
                noise.CopyTo(b);
                ntt.Forward(b);
                key.Read(digit, prime, true, a);
                ResidueMap.Multiply(ntt.Modulus, a, to.Slice(prime * degree, degree), a);
                ResidueMap.Subtract(ntt.Modulus, b, a, b);
                if (prime == digit)
                    ResidueMap.AddScaled(ntt.Modulus, b, from.Slice(prime * degree, degree), parameters.Residue(parameters.Special, prime), b);
                key.Write(digit, prime, false, b);
            }
        }
        return key;
    }

    /// <summary>The pairs of one prime.</summary>
    public ReadOnlySpan<double> Pairs(int prime) => _pairs[prime].Span;

    /// <summary>One polynomial of the key.</summary>
    /// <param name="second">Whether a, else b.</param>
    public void Read(int digit, int prime, bool second, Span<double> result)
    {
        for (int block = 0; block < result.Length / Lanes; block++)
            _pairs[prime].Span.Slice(At(digit, second, block), Lanes).CopyTo(result.Slice(block * Lanes, Lanes));
    }

    public void Write(int digit, int prime, bool second, ReadOnlySpan<double> residues)
    {
        for (int block = 0; block < residues.Length / Lanes; block++)
            residues.Slice(block * Lanes, Lanes).CopyTo(_pairs[prime].Span[At(digit, second, block)..]);
    }

    public void Dispose()
    {
        foreach (AlignedBuffer<double> pairs in _pairs) pairs.Dispose();
    }

    private int At(int digit, bool second, int block) => block * Stride + 2 * Lanes * digit + (second ? Lanes : 0);
}
