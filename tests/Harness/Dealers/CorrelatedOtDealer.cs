using System.Runtime.Intrinsics;
using Blindsight.Arithmetic.Randomness;

namespace Blindsight.Harness.Dealers;

/// <summary>The ideal functionality of random-choice correlated oblivious transfer, for tests.</summary>
public static class CorrelatedOtDealer
{
    /// <summary>Outputs that are a function of the seed: t = q xor (bit 0 of t) * Delta.</summary>
    public static (Vector128<byte> Delta, Vector128<byte>[] Q, Vector128<byte>[] T) Deal(int count, ulong seed)
    {
        using Prg prg = Prg.Derive([], "correlated-ot-dealer", seed);
        Vector128<byte> low = Vector128.CreateScalar((byte)1);
        Vector128<byte>[] q = new Vector128<byte>[count + 1], t = new Vector128<byte>[count];
        byte[] choices = new byte[count];
        prg.Fill<Vector128<byte>>(q);
        prg.Fill(choices);
        Vector128<byte> delta = q[count] | low;
        for (int i = 0; i < count; i++)
        {
            q[i] = Vector128.AndNot(q[i], low);
            t[i] = (choices[i] & 1) == 0 ? q[i] : q[i] ^ delta;
        }
        return (delta, q[..count], t);
    }
}
