using Blindsight.Arithmetic;
using Blindsight.Arithmetic.Memory;
using Blindsight.Arithmetic.Ntt;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Arithmetic.Residues;

namespace Blindsight.HomomorphicEncryption.Ckks;

/// <summary>
/// Decryption of results that leave the key's owner: noise is flooded, so that what is released says next to nothing about the noise of
/// the ciphertext, from which the secret key could be computed.
/// </summary>
/// <remarks>
/// <para>Functionality: message + noise + g, g a Gaussian of deviation at least sqrt(12 r N) 2^(s/2) d for r releases under one key, s
/// bits, and d the predicted deviation of the noise, which thus has a norm of about sqrt(N) d. Each release then costs 2^-s / (24 r) in
/// divergence.</para>
/// <para>Source: Li and Micciancio, "On the Security of Homomorphic Encryption on Approximate Numbers" (2021); Li, Micciancio, Schultz and Sorrell, "Securing
/// Approximate Homomorphic Encryption Using Differential Privacy" (2022), section 4.</para>
/// <para>The bound rests on d: release only ciphertexts whose estimate follows from the circuit that was agreed, never one that was
/// claimed by whoever sent it, and only results of honest encryptions. Releases beyond r are refused. Not thread-safe.</para>
/// </remarks>
public sealed class CkksRelease
{
    /// <summary>Limits of s.</summary>
    public const int StatisticalBitsMin = 30, StatisticalBitsMax = 64;

    private readonly CkksSecretKey _key;
    private readonly Prg _prg;
    private readonly double _factor;
    private readonly long _releasesMax;
    private long _releases;

    /// <param name="releasesMax">r: how many results are released under this key at most.</param>
    /// <param name="statisticalBits">s, 30 to 64.</param>
    /// <param name="prg">Not disposed here.</param>
    /// <exception cref="ParameterException">r is not positive, or s not between its limits.</exception>
    public CkksRelease(CkksSecretKey key, long releasesMax, int statisticalBits, Prg prg)
    {
        if (releasesMax < 1) throw new ParameterException($"{releasesMax} releases are fewer than one");
        if (statisticalBits is < StatisticalBitsMin or > StatisticalBitsMax)
            throw new ParameterException($"{statisticalBits} bits of statistical security are not between {StatisticalBitsMin} and {StatisticalBitsMax}");
        (_key, _prg, _releasesMax) = (key, prg, releasesMax);
        _factor = Math.Sqrt(12.0 * releasesMax * key.Context.Parameters.Degree) * Math.Pow(2, statisticalBits / 2.0);
    }

    /// <summary>Releases that are left.</summary>
    public long Remaining => _releasesMax - _releases;

    /// <summary>What is known of a ciphertext after its release; its error bound says how many bits to round the result to.</summary>
    /// <exception cref="ParameterException">The flood is wider than can be drawn.</exception>
    public CkksEstimate EstimateOf(CkksEstimate ciphertext)
    {
        double flood = WideGaussian.DeviationFor(_factor * ciphertext.Deviation);
        return ciphertext with { Deviation = Math.Sqrt(ciphertext.Deviation * ciphertext.Deviation + flood * flood) };
    }

    /// <summary>Message, noise and flood: this may be released.</summary>
    /// <exception cref="ParameterException">The flood would wrap around the level's modulus, or is wider than can be drawn.</exception>
    /// <exception cref="InvalidOperationException">No release is left.</exception>
    public CkksPlaintext Decrypt(CkksCiphertext ciphertext)
    {
        if (Remaining < 1) throw new InvalidOperationException($"All {_releasesMax} releases under this key are used up.");
        CkksContext context = _key.Context;
        CkksParameters parameters = context.Parameters;
        CkksEstimate room = EstimateOf(ciphertext.Estimate);
        room.CheckFit(parameters, ciphertext.Level, ciphertext.Scale);
        using AlignedBuffer<double> flood = new(parameters.Degree);
        WideGaussian.Add(_prg, _factor * ciphertext.Estimate.Deviation, flood.Span);
        _releases++;
        CkksPlaintext result = new CkksDecryptor(_key).Phase(ciphertext, room);
        using Scratch scratch = context.Take(parameters.Degree, secret: true);
        for (int i = 0; i < result.Level; i++)
        {
            NegacyclicNtt ntt = parameters.Transforms[i];
            ResidueMap.Reduce(ntt.Modulus, flood.Span, scratch.Span);
            ntt.Forward(scratch.Span);
            ResidueMap.Add(ntt.Modulus, result.Residues(0, i), scratch.Span, result.Residues(0, i));
        }
        return result;
    }
}
