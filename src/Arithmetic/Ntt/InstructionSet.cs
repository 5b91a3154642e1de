namespace Blindsight.Arithmetic.Ntt;

/// <summary>The widths of register for which the transform's kernels are compiled.</summary>
internal enum InstructionSet
{
    Scalar,
    Vector256,
    Vector512,
}
