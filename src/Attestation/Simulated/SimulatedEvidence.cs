using System.Security.Cryptography;
using Blindsight.Attestation.Certificates;
using Blindsight.Attestation.Policies;

namespace Blindsight.Attestation.Simulated;

/// <summary>
/// Evidence for machines without a TEE: a line of text that says what it is, the signing key, a claimed measurement, the report
/// data, and a signature by that key. It shows that one key signed, and nothing about where.
/// </summary>
internal static class SimulatedEvidence
{
    public const int Bytes = TextBytes + SimulatedPolicy.KeyBytes + SimulatedPolicy.MeasurementBytes + AttestationPolicy.ReportDataBytes + SignatureBytes;

    private const int TextBytes = 48, SignatureBytes = 64;

    private static ReadOnlySpan<byte> Text => "NOT ATTESTED: Blindsight simulated evidence, v1\n"u8;

    /// <summary>Makes it. The key must be on P-256.</summary>
    public static byte[] Make(ECDsa key, Octets measurement, Octets reportData)
    {
        byte[] bytes = new byte[Bytes];
        ECPoint point = key.ExportParameters(false).Q;
        Text.CopyTo(bytes);
        point.X!.CopyTo(bytes, TextBytes);
        point.Y!.CopyTo(bytes, TextBytes + 32);
        measurement.Span.CopyTo(bytes.AsSpan(TextBytes + SimulatedPolicy.KeyBytes));
        reportData.Span.CopyTo(bytes.AsSpan(TextBytes + SimulatedPolicy.KeyBytes + SimulatedPolicy.MeasurementBytes));
        key.SignData(bytes.AsSpan(..^SignatureBytes), bytes.AsSpan(^SignatureBytes..), HashAlgorithmName.SHA256);
        return bytes;
    }

    /// <summary>The signing key, the claimed measurement and the report data, with a good signature.</summary>
    /// <exception cref="AttestationException">EvidenceMalformed or SimulatedSignature.</exception>
    public static (Octets Key, Octets Measurement, Octets ReportData) Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Bytes) throw Fault(AttestationFault.EvidenceMalformed, $"{bytes.Length} bytes, must be {Bytes}");
        if (!bytes.StartsWith(Text)) throw Fault(AttestationFault.EvidenceMalformed, "does not begin with its text");
        ReadOnlySpan<byte> key = bytes.Slice(TextBytes, SimulatedPolicy.KeyBytes);
        if (!PublicKey.FromPoint(key).VerifiesBare(bytes[..^SignatureBytes], bytes[^SignatureBytes..]))
            throw Fault(AttestationFault.SimulatedSignature, "is not signed by its key");
        ReadOnlySpan<byte> claims = bytes[(TextBytes + SimulatedPolicy.KeyBytes)..^SignatureBytes];
        return (new Octets(key), new Octets(claims[..SimulatedPolicy.MeasurementBytes]), new Octets(claims[SimulatedPolicy.MeasurementBytes..]));
    }

    private static AttestationException Fault(AttestationFault fault, string message) => new(fault, "simulated evidence", message);
}
