using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Blindsight.Arithmetic.Residues;

/// <summary>The widths for which the kernels have a path of their own. All paths give the same residues.</summary>
internal enum InstructionSet
{
    /// <summary>Plain C#: the twin that the others are compared with.</summary>
    Scalar,
    /// <summary>AVX2 with FMA.</summary>
    Vector256,
    /// <summary>AVX-512 F and DQ.</summary>
    Vector512,
}

internal static class InstructionSets
{
    /// <summary>The widest that this processor has.</summary>
    public static InstructionSet Best { get; } =
        Has(InstructionSet.Vector512) ? InstructionSet.Vector512
        : Has(InstructionSet.Vector256) ? InstructionSet.Vector256 : InstructionSet.Scalar;

    /// <summary>All that this processor has.</summary>
    public static IEnumerable<InstructionSet> Supported => Enum.GetValues<InstructionSet>().Where(Has);

    private static bool Has(InstructionSet set) => set switch
    {
        InstructionSet.Vector512 => Avx512F.IsSupported && Avx512DQ.IsSupported && Vector512.IsHardwareAccelerated,
        InstructionSet.Vector256 => Avx2.IsSupported && Fma.IsSupported,
        _ => true,
    };
}
