using System.Collections.Frozen;
using Blindsight.Arithmetic;
using Blindsight.Arithmetic.Ntt;
using Blindsight.Arithmetic.Randomness;

namespace Blindsight.HomomorphicEncryption.Ckks;

/// <summary>Keys of chosen rotations, and of conjugation. Immutable and thread-safe.</summary>
/// <remarks>
/// The key of the automorphism g takes s to g^-1(s): the digits of a ciphertext are multiplied before they are permuted, so that all
/// rotations share them, and only the two sums are permuted. Source: Bossuat and others, "Efficient Bootstrapping for Approximate
/// Homomorphic Encryption with Non-sparse Keys" (2021), section 4.1.
/// </remarks>
public sealed class CkksGaloisKeys : IDisposable
{
    private readonly FrozenDictionary<int, GaloisKey> _keys;
    private readonly CkksParameters _parameters;

    internal CkksGaloisKeys(CkksParameters parameters, IEnumerable<GaloisKey> keys)
    {
        _parameters = parameters;
        _keys = keys.ToFrozenDictionary(key => key.Element);
    }

    /// <summary>Makes the keys of these rotations.</summary>
    /// <param name="steps">To the left, modulo N/2; 0 needs no key and is skipped.</param>
    /// <param name="conjugation">Whether also the key of complex conjugation.</param>
    public static CkksGaloisKeys Create(CkksSecretKey secret, IEnumerable<int> steps, bool conjugation, Prg prg)
    {
        CkksParameters parameters = secret.Context.Parameters;
        SortedSet<int> elements = [.. steps.Select(step => Element(parameters, step)).Where(element => element != 1)];
        if (conjugation) elements.Add(2 * parameters.Degree - 1);
        return new CkksGaloisKeys(parameters, [.. elements.Select(element => Create(secret, element, prg))]);
    }

    /// <summary>Whether there are keys for all of these rotations.</summary>
    public bool Covers(IEnumerable<int> steps) =>
        steps.Select(step => Element(_parameters, step)).All(element => element == 1 || _keys.ContainsKey(element));

    /// <summary>The automorphisms that have keys, in ascending order.</summary>
    internal IEnumerable<int> Elements => _keys.Keys.Order();

    /// <summary>3^steps modulo 2N.</summary>
    internal static int Element(CkksParameters parameters, int steps)
    {
        long power = 3, element = 1;
        for (int left = (steps % parameters.Slots + parameters.Slots) % parameters.Slots; left > 0; left >>= 1)
        {
            if ((left & 1) != 0) element = element * power % (2 * parameters.Degree);
            power = power * power % (2 * parameters.Degree);
        }
        return (int)element;
    }

    /// <exception cref="ParameterException">There is no such key.</exception>
    internal GaloisKey this[int element] => _keys.TryGetValue(element, out GaloisKey? key) ? key
        : throw new ParameterException($"no key for the automorphism {element} of degree {_parameters.Degree} among {_keys.Count}");

    public void Dispose()
    {
        foreach (GaloisKey key in _keys.Values) key.Key.Dispose();
    }

    private static GaloisKey Create(CkksSecretKey secret, int element, Prg prg)
    {
        CkksContext context = secret.Context;
        CkksParameters parameters = context.Parameters;
        int degree = parameters.Degree, moduli = parameters.Levels + 1;
        int[] inverse = NttOrder.Automorphism(degree, Inverse(element, 2 * degree));
        using Scratch from = context.Take(moduli * degree, secret: true), to = context.Take(moduli * degree, secret: true);
        for (int i = 0; i < moduli; i++)
        {
            secret.Transform(i).CopyTo(from.Span[(i * degree)..]);
            Permutation.Apply(inverse, secret.Transform(i), to.Span.Slice(i * degree, degree));
        }
        return new GaloisKey(parameters, element, SwitchingKey.Create(context, from.Span, to.Span, prg));
    }

    /// <summary>Inverse modulo a power of two by Newton's iteration.</summary>
    private static int Inverse(int element, int modulus)
    {
        uint inverse = (uint)element;
        for (int i = 0; i < 4; i++) inverse *= 2 - (uint)element * inverse;
        return (int)(inverse & (uint)(modulus - 1));
    }
}

/// <summary>The key of one automorphism.</summary>
internal sealed class GaloisKey(CkksParameters parameters, int element, SwitchingKey key)
{
    public int Element { get; } = element;
    public SwitchingKey Key { get; } = key;

    /// <summary>Where each element of a transform comes from.</summary>
    public int[] From { get; } = NttOrder.Automorphism(parameters.Degree, element);
}

internal static class Permutation
{
    /// <summary>result[i] = x[from[i]]; the permutation is public.</summary>
    public static void Apply(ReadOnlySpan<int> from, ReadOnlySpan<double> x, Span<double> result)
    {
        result = result[..from.Length];
        for (int i = 0; i < from.Length; i++) result[i] = x[from[i]];
    }
}
