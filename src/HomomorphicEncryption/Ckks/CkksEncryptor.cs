using Blindsight.Arithmetic.Ntt;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Arithmetic.Residues;
using Blindsight.HomomorphicEncryption.Rlwe;

namespace Blindsight.HomomorphicEncryption.Ckks;

/// <summary>Encryption under a secret key: (m + e - a s, a) with a from a seed, which travels in a's place. Constant time.</summary>
/// <param name="prg">Not thread-safe, so neither is this; not disposed here.</param>
public sealed class CkksSecretEncryptor(CkksSecretKey key, Prg prg)
{
    /// <summary>Encrypts at the plaintext's level.</summary>
    public CkksCiphertext Encrypt(CkksPlaintext plaintext)
    {
        CkksContext context = key.Context;
        CkksParameters parameters = context.Parameters;
        plaintext.RequireContext(context);
        byte[] seed = CkksSeed.Draw(prg);
        CkksCiphertext result = new(context, plaintext.Level, plaintext.Scale, plaintext.Estimate.SecretKeyEncrypted(), seed);
        using Scratch noise = context.Take(parameters.Degree, secret: true), scratch = context.Take(parameters.Degree, secret: true);
        CkksSeed.Noise(prg, noise.Span, scratch.Span);
        using AesCounter stream = CkksSeed.Stream(parameters, seed);
        for (int i = 0; i < plaintext.Level; i++)
        {
            NegacyclicNtt ntt = parameters.Transforms[i];
            Span<double> b = result.Residues(0, i), a = result.Residues(1, i);
            CkksSeed.Uniform(ntt.Modulus, stream, i, a);
            noise.Span.CopyTo(scratch.Span);
            ntt.Forward(scratch.Span);
            ResidueMap.Add(ntt.Modulus, scratch.Span, plaintext.Residues(0, i), b);
            ResidueMap.Multiply(ntt.Modulus, a, key.Transform(i), scratch.Span);
            ResidueMap.Subtract(ntt.Modulus, b, scratch.Span, b);
        }
        return result;
    }
}

/// <summary>Encryption under a public key: (b u + e0 + m, a u + e1), u ternary. Constant time.</summary>
/// <param name="prg">Not thread-safe, so neither is this; not disposed here.</param>
public sealed class CkksPublicEncryptor(CkksPublicKey key, Prg prg)
{
    /// <summary>Encrypts at the plaintext's level.</summary>
    public CkksCiphertext Encrypt(CkksPlaintext plaintext)
    {
        CkksContext context = key.Context;
        CkksParameters parameters = context.Parameters;
        plaintext.RequireContext(context);
        int degree = parameters.Degree;
        CkksCiphertext result = new(context, plaintext.Level, plaintext.Scale, plaintext.Estimate.PublicKeyEncrypted(parameters));
        using Scratch drawn = context.Take(3 * degree, secret: true), work = context.Take(2 * degree, secret: true);
        Span<double> first = drawn.Span[..degree], second = drawn.Span.Slice(degree, degree), u = drawn.Span[(2 * degree)..];
        Span<double> scratch = work.Span[..degree], product = work.Span[degree..];
        CkksSeed.Noise(prg, first, scratch);
        CkksSeed.Noise(prg, second, scratch);
        using (AesCounter stream = KeyStream.From(prg)) ResidueSampler.Ternary(stream, 0, u);
        for (int i = 0; i < plaintext.Level; i++)
        {
            NegacyclicNtt ntt = parameters.Transforms[i];
            Span<double> b = result.Residues(0, i), a = result.Residues(1, i);
            u.CopyTo(scratch);
            ntt.Forward(scratch);
            first.CopyTo(b);
            ntt.Forward(b);
            ResidueMap.Add(ntt.Modulus, b, plaintext.Residues(0, i), b);
            ResidueMap.Multiply(ntt.Modulus, key.B(i), scratch, product);
            ResidueMap.Add(ntt.Modulus, b, product, b);
            second.CopyTo(a);
            ntt.Forward(a);
            ResidueMap.Multiply(ntt.Modulus, key.A(i), scratch, product);
            ResidueMap.Add(ntt.Modulus, a, product, a);
        }
        return result;
    }
}
