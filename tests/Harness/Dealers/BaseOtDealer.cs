using System.Runtime.Intrinsics;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Mpc.ObliviousTransfer.Base;

namespace Blindsight.Harness.Dealers;

/// <summary>The ideal functionality of base oblivious transfer, for tests: it hands both parties their keys.</summary>
public static class BaseOtDealer
{
    /// <summary>Keys that are a function of the seed.</summary>
    public static (BaseOtPairs Pairs, BaseOtChoices Choices) Deal(ulong seed)
    {
        using Prg prg = Prg.Derive([], "base-ot-dealer", seed);
        Vector128<byte>[] zero = new Vector128<byte>[BaseOtPairs.Count], one = new Vector128<byte>[BaseOtPairs.Count];
        Vector128<byte>[] chosen = new Vector128<byte>[BaseOtPairs.Count], choices = new Vector128<byte>[1];
        prg.Fill<Vector128<byte>>(zero);
        prg.Fill<Vector128<byte>>(one);
        prg.Fill<Vector128<byte>>(choices);
        for (int j = 0; j < chosen.Length; j++)
            chosen[j] = (choices[0].AsUInt64()[j / 64] >> (j % 64) & 1) == 0 ? zero[j] : one[j];
        return (new BaseOtPairs(zero, one), new BaseOtChoices(choices[0], chosen));
    }
}
