using System.Collections.Immutable;

namespace Blindsight.Cli.Benchmarks;

/// <summary>Every kernel that 'bench kernels' measures, from the bottom up.</summary>
internal static class KernelList
{
    public static ImmutableArray<Kernel> All { get; } =
    [
        .. MemoryKernels.All, .. TransformKernels.All, .. SymmetricKernels.All, .. BitKernels.All, .. MatrixKernels.All,
        .. TransferKernels.All, .. GarbledKernels.All, .. ReluKernels.All, .. OutsourcedKernels.All, .. CkksKernels.All,
    ];
}
