using System.Buffers.Binary;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Arithmetic.Residues;
using Blindsight.HomomorphicEncryption.Rlwe;

namespace Blindsight.HomomorphicEncryption.Linear;

/// <summary>
/// The public uniform polynomials of one client on one connection. Each is drawn in the transform domain from a key
/// stream bound to the connection, the client's public seed, and its use, so that no party can choose one.
/// </summary>
internal sealed class SeedExpansion
{
    public const int SeedBytes = 16;

    /// <summary>Blocks of key stream set apart for one polynomial: far above what rejection needs.</summary>
    public const int StreamBlocks = 1 << 20;

    private const int BindingBytesMin = 16;

    private readonly byte[] _binding;
    private readonly PrimeModulus _modulus;

    /// <exception cref="ArgumentException">The binding is shorter than 16 bytes.</exception>
    public SeedExpansion(PrimeModulus modulus, ReadOnlySpan<byte> connectionBinding, ReadOnlySpan<byte> seed)
    {
        if (connectionBinding.Length < BindingBytesMin)
            throw new ArgumentException($"A connection's binding has at least {BindingBytesMin} bytes.", nameof(connectionBinding));
        _modulus = modulus;
        _binding = new byte[4 + connectionBinding.Length + seed.Length];
        BinaryPrimitives.WriteInt32LittleEndian(_binding, connectionBinding.Length);
        connectionBinding.CopyTo(_binding.AsSpan(4));
        seed.CopyTo(_binding.AsSpan(4 + connectionBinding.Length));
    }

    /// <summary>The stream of the public key's a.</summary>
    public AesCounter PublicKey() => Stream("rlwe public key");

    /// <summary>The stream of the a of all blocks of one request.</summary>
    public AesCounter Request(ulong inferenceId, uint layerId, int requestIndex) =>
        Stream("rlwe linear request", inferenceId, layerId, (ulong)requestIndex);

    /// <summary>Polynomial number <paramref name="block"/> of a stream.</summary>
    public void Expand(AesCounter stream, int block, Span<double> a, Span<ulong> scratch)
    {
        ResidueSampler.Uniform(_modulus, stream, (ulong)block * StreamBlocks, scratch[..a.Length]);
        ResidueVector.FromCanonical(_modulus, scratch[..a.Length], a);
    }

    private AesCounter Stream(string label, params ReadOnlySpan<ulong> numbers)
    {
        using Prg prg = Prg.Derive(_binding, label, numbers);
        return KeyStream.From(prg);
    }
}
