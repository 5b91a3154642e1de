using System.Collections.Immutable;

namespace Blindsight.Attestation.Policies;

/// <summary>An enclave by its author: MRSIGNER (32 bytes), product number, and the lowest accepted version of it.</summary>
public sealed record SgxSigner(Octets MrSigner, ushort ProductId, ushort VersionMin)
{
    /// <summary>The hash of the author's key, 32 bytes.</summary>
    public Octets MrSigner { get; init => field = Sized.Check(value, SgxPolicy.MeasurementBytes, nameof(MrSigner)); }
        = Sized.Check(MrSigner, SgxPolicy.MeasurementBytes, nameof(MrSigner));
}

/// <summary>What is demanded of an SGX quote. Throws ArgumentException where neither an enclave nor an author is named.</summary>
public sealed record SgxPolicy : DcapPolicy
{
    /// <summary>Bytes of MRENCLAVE and of MRSIGNER (SHA-256).</summary>
    public const int MeasurementBytes = 32;

    /// <param name="measurements">The accepted enclaves (MRENCLAVE); empty: any of the author's.</param>
    /// <param name="signer">The author; null: whoever signed the accepted enclaves.</param>
    public SgxPolicy(ImmutableArray<Octets> measurements, SgxSigner? signer = null)
    {
        if (signer is null) Sized.CheckSome(measurements, MeasurementBytes, nameof(measurements));
        Measurements = Sized.CheckAll(measurements, MeasurementBytes, nameof(measurements));
        Signer = signer;
    }

    /// <summary>The accepted enclaves, 32 bytes each; empty: any of the author's.</summary>
    public ImmutableArray<Octets> Measurements { get; }

    /// <summary>The author that the enclave must have besides; null: not looked at.</summary>
    public SgxSigner? Signer { get; }
}
