using System.Runtime.InteropServices;
using Blindsight.Arithmetic.Bits;
using Blindsight.Arithmetic.Ntt;
using Blindsight.Arithmetic.Randomness;

namespace Blindsight.HomomorphicEncryption.Rlwe;

/// <summary>
/// Uniform residues by rejection: 64 bits are drawn, the low bits of p's length kept, residues not below p drawn again
/// (about one in 10^8). Which draws are rejected says nothing of those that are kept.
/// </summary>
internal static class UniformSampler
{
    /// <summary>Fills with uniform numbers in [0, p).</summary>
    public static void Fill(PrimeModulus modulus, Prg randomness, Span<ulong> residues)
    {
        ulong mask = BitPacking.Mask(modulus.BitLength);
        randomness.Fill(residues);
        for (int i = 0; i < residues.Length; i++)
        {
            residues[i] &= mask;
            while (residues[i] >= modulus.Value) residues[i] = randomness.NextUInt64() & mask;
        }
    }
}
