using Blindsight.Attestation;
using Blindsight.Attestation.Collection;
using Blindsight.Enclave;
using Blindsight.Enclave.Identity;
using Blindsight.Enclave.Sealing;

namespace Blindsight.Unit.Enclave;

public sealed class SealingTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("blindsight-sealing-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Every_changed_byte_and_every_other_purpose_or_key_is_refused()
    {
        using Sealer sealer = new(new byte[32]), other = new([1, .. new byte[31]]);
        byte[] file = sealer.Seal("model", [1, 2, 3]);
        Assert.Equal([1, 2, 3], sealer.Open("model", file));
        for (int i = 0; i < file.Length; i++)
        {
            byte[] changed = [.. file];
            changed[i] ^= 1;
            AssertRefused(() => sealer.Open("model", changed));
        }
        for (int length = 0; length < file.Length; length++) AssertRefused(() => sealer.Open("model", file.AsSpan(0, length)));
        AssertRefused(() => sealer.Open("model", [.. file, 0]));
        AssertRefused(() => sealer.Open("identity", file));
        AssertRefused(() => other.Open("model", file));
        Assert.NotEqual(file, sealer.Seal("model", [1, 2, 3]));
    }

    [Fact]
    public void A_simulated_key_is_labelled_private_and_found_again()
    {
        byte[] sealedOnce;
        using (Sealer first = SealingKey.Open(Assurance.NotAttested, _folder)) sealedOnce = first.Seal("x", [7]);
        using Sealer again = SealingKey.Open(Assurance.NotAttested, _folder);
        Assert.Equal([7], again.Open("x", sealedOnce));
        string key = Path.Combine(_folder, SealingKey.SimulatedFile);
        Assert.Contains("NOT-ATTESTED", key);
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(key));
        using Sealer hardware = SealingKey.Open(Assurance.Hardware, _folder);
        AssertRefused(() => hardware.Open("x", sealedOnce));
    }

    [Fact]
    public void An_identity_outlives_a_restart_and_a_changed_one_is_refused()
    {
        using SimulatedEvidenceSource source = new(new Octets(new byte[48]));
        using Sealer sealer = new(new byte[32]);
        SealedFolder files = new(_folder, sealer, 1 << 16);
        byte[] key;
        using (RoomIdentity first = RoomIdentity.Open(files, source)) key = first.PublicKey;
        using (RoomIdentity again = RoomIdentity.Open(files, source)) Assert.Equal(key, again.PublicKey);
        string path = Path.Combine(_folder, "identity" + SealedFolder.Suffix);
        byte[] stored = File.ReadAllBytes(path);
        Assert.DoesNotContain("PRIVATE", System.Text.Encoding.ASCII.GetString(stored));
        stored[^1] ^= 1;
        File.WriteAllBytes(path, stored);
        AssertRefused(() => RoomIdentity.Open(files, source));
    }

    [Fact]
    public void A_file_that_is_too_long_is_refused_before_it_is_read()
    {
        using Sealer sealer = new(new byte[32]);
        SealedFolder files = new(_folder, sealer, 64);
        files.Write("long", new byte[200]);
        AssertRefused(() => files.Read("long"));
        Assert.Null(files.Read("none"));
    }

    private static void AssertRefused(Action open) => Assert.Equal(RoomFault.SealRefused, Assert.Throws<RoomException>(open).Fault);
}
