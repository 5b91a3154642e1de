using Blindsight.Arithmetic.Randomness;
using Blindsight.Arithmetic.Residues;

namespace Blindsight.HomomorphicEncryption.Ckks;

/// <summary>Takes s^2 to s. Immutable and thread-safe.</summary>
public sealed class CkksRelinearizationKey : IDisposable
{
    internal CkksRelinearizationKey(SwitchingKey key) => Key = key;

    /// <summary>Makes the key.</summary>
    public static CkksRelinearizationKey Create(CkksSecretKey secret, Prg prg)
    {
        CkksContext context = secret.Context;
        CkksParameters parameters = context.Parameters;
        int degree = parameters.Degree, moduli = parameters.Levels + 1;
        using Scratch square = context.Take(moduli * degree, secret: true), same = context.Take(moduli * degree, secret: true);
        for (int i = 0; i < moduli; i++)
        {
            ResidueMap.Multiply(parameters.Modulus(i), secret.Transform(i), secret.Transform(i), square.Span.Slice(i * degree, degree));
            secret.Transform(i).CopyTo(same.Span[(i * degree)..]);
        }
        return new CkksRelinearizationKey(SwitchingKey.Create(context, square.Span, same.Span, prg));
    }

    internal SwitchingKey Key { get; }

    public void Dispose() => Key.Dispose();
}
