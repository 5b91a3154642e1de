using Blindsight.Arithmetic.Memory;
using Blindsight.Arithmetic.Ntt;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Arithmetic.Residues;

namespace Blindsight.HomomorphicEncryption.Ckks;

/// <summary>b = -a s + e modulo q[0] to q[L-1], with a from a seed. Immutable and thread-safe.</summary>
public sealed class CkksPublicKey : IDisposable
{
    private readonly AlignedBuffer<double> _residues;

    internal CkksPublicKey(CkksContext context, byte[] seed)
    {
        (Context, Seed) = (context, seed);
        CkksParameters parameters = context.Parameters;
        _residues = new AlignedBuffer<double>(2 * parameters.Levels * parameters.Degree);
        using AesCounter stream = CkksSeed.Stream(parameters, seed);
        for (int i = 0; i < parameters.Levels; i++) CkksSeed.Uniform(parameters.Modulus(i), stream, i, A(i));
    }

    /// <summary>Draws a and e.</summary>
    public static CkksPublicKey Create(CkksSecretKey secret, Prg prg)
    {
        CkksContext context = secret.Context;
        CkksParameters parameters = context.Parameters;
        CkksPublicKey key = new(context, CkksSeed.Draw(prg));
        using Scratch noise = context.Take(parameters.Degree, secret: true), scratch = context.Take(parameters.Degree, secret: true);
        CkksSeed.Noise(prg, noise.Span, scratch.Span);
        for (int i = 0; i < parameters.Levels; i++)
        {
            NegacyclicNtt ntt = parameters.Transforms[i];
            noise.Span.CopyTo(scratch.Span);
            ntt.Forward(scratch.Span);
            ResidueMap.Multiply(ntt.Modulus, key.A(i), secret.Transform(i), key.B(i));
            ResidueMap.Subtract(ntt.Modulus, scratch.Span, key.B(i), key.B(i));
        }
        return key;
    }

    internal CkksContext Context { get; }

    internal byte[] Seed { get; }

    internal Span<double> B(int prime) => _residues.Span.Slice(prime * Context.Parameters.Degree, Context.Parameters.Degree);

    internal Span<double> A(int prime) => B(Context.Parameters.Levels + prime);

    public void Dispose() => _residues.Dispose();
}
