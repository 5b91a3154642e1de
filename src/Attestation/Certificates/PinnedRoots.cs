using System.Collections.Immutable;

namespace Blindsight.Attestation.Certificates;

/// <summary>The roots that chains must end in. Where they come from is written in Roots/ORIGIN.md.</summary>
internal sealed record PinnedRoots(Certificate Intel, ImmutableDictionary<SnpProduct, Certificate> Amd)
{
    /// <summary>The roots compiled into this assembly.</summary>
    public static PinnedRoots BuiltIn { get; } = new(
        Resource("intel-sgx-root.der"),
        ImmutableDictionary.CreateRange([
            KeyValuePair.Create(SnpProduct.Milan, Resource("amd-ark-milan.der")),
            KeyValuePair.Create(SnpProduct.Genoa, Resource("amd-ark-genoa.der")),
            KeyValuePair.Create(SnpProduct.Turin, Resource("amd-ark-turin.der"))]));

    private static Certificate Resource(string name)
    {
        using Stream stream = typeof(PinnedRoots).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"the assembly lacks {name}");
        byte[] der = new byte[stream.Length];
        stream.ReadExactly(der);
        return Certificate.Read(der, name);
    }
}
