using Blindsight.Arithmetic;
using Blindsight.HomomorphicEncryption.Security;

namespace Blindsight.HomomorphicEncryption.Ckks;

/// <summary>The parameters that networks are evaluated under, by the multiplications that follow one another.</summary>
public static class LeveledParameters
{
    /// <summary>
    /// The prime that stays, which holds results of magnitude 1 with room for sums, and that of key switching; and those by which products are divided, which
    /// are the scale: the larger, the smaller the errors.
    /// </summary>
    public const int OuterBits = 50, InnerBits = 45;

    /// <summary>The scale of inputs and of what linear steps write.</summary>
    public const double Scale = 1L << InnerBits;

    /// <summary>The least ring degree that is secure with a prime for each multiplication.</summary>
    /// <exception cref="ParameterException">No degree is.</exception>
    public static int Degree(int depth)
    {
        for (int degree = 2 * CkksParameters.DegreeMin; degree <= CkksParameters.DegreeMax; degree *= 2)
            if (2 * OuterBits + depth * InnerBits <= SecurityTable.ModulusBitsMax(degree)) return degree;
        throw new ParameterException($"{depth} multiplications one after the other are more than leveled encryption has parameters for "
            + $"({(SecurityTable.ModulusBitsMax(CkksParameters.DegreeMax) - 2 * OuterBits) / InnerBits} at most)");
    }

    /// <summary>The parameters for a depth.</summary>
    public static CkksParameters Of(int depth) => CkksParameters.Create(CkksParameterSpec.Of(Degree(depth), depth + 1, InnerBits, OuterBits));
}
