using System.Runtime.Intrinsics.X86;
using AesNi = System.Runtime.Intrinsics.X86.Aes;

namespace Blindsight.Cli.Benchmarks;

/// <summary>Which instruction set each family of kernels takes on this machine; the same conditions as at their doors.</summary>
internal static class InstructionPaths
{
    private const string Scalar = "scalar";

    public static string Aes => AesNi.IsSupported ? "aes-ni" : "platform";

    public static string Residues => Avx512DQ.IsSupported ? "avx512" : Avx2.IsSupported && Fma.IsSupported ? "avx2" : Scalar;

    public static string Ring => Avx512F.IsSupported ? "avx512" : Avx2.IsSupported ? "avx2" : Scalar;

    public static string Float => Avx512F.IsSupported ? "avx512" : Avx.IsSupported && Fma.IsSupported ? "avx2" : Scalar;

    public static string Transposition =>
        Gfni.V512.IsSupported && Avx512Vbmi.IsSupported ? "avx512+gfni" : Avx2.IsSupported ? "avx2" : Scalar;

    public static string Packing => Bmi2.X64.IsSupported ? "bmi2" : Scalar;
}
