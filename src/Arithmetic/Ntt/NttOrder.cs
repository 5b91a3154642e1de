using System.Numerics;

namespace Blindsight.Arithmetic.Ntt;

/// <summary>Which evaluation stands where in the output of a forward <see cref="NegacyclicNtt"/>, for all primes alike.</summary>
public static class NttOrder
{
    /// <summary>Element i of a transform is the value at psi^e, e odd below 2N; this is e for every i.</summary>
    public static int[] Exponents(int degree)
    {
        int bits = BitOperations.Log2((uint)degree);
        int[] exponents = new int[degree];
        for (int i = 0; i < degree; i++)
        {
            int plain = i & ~63 | (i & 7) << 3 | i >> 3 & 7, reversed = 0;
            for (int b = 0; b < bits; b++) reversed |= (plain >> b & 1) << (bits - 1 - b);
            exponents[i] = 2 * reversed + 1;
        }
        return exponents;
    }

    /// <summary>
    /// The automorphism X -> X^g on transforms: element i of the result is element p[i] of the operand; this is p.
    /// </summary>
    /// <param name="element">g, odd and below 2N.</param>
    public static int[] Automorphism(int degree, int element)
    {
        int[] exponents = Exponents(degree), places = new int[2 * degree];
        for (int i = 0; i < degree; i++) places[exponents[i]] = i;
        int[] from = new int[degree];
        for (int i = 0; i < degree; i++) from[i] = places[(int)((long)exponents[i] * element % (2 * degree))];
        return from;
    }
}
