using Blindsight.Arithmetic;
using Blindsight.Arithmetic.Memory;
using Blindsight.Arithmetic.Ntt;
using Blindsight.Arithmetic.Randomness;
using Blindsight.HomomorphicEncryption.Rlwe;

namespace Blindsight.HomomorphicEncryption.Linear;

/// <summary>
/// The server of a linear layer on shares modulo 2^32; functionality and security model at <see cref="RlweClient"/>. Every
/// polynomial of an answer is masked afresh: a'' = a' + a_pk*u + e1 and b'' = b' + b_pk*u + U with u ternary, e1 Gaussian and U
/// uniform modulo q, so that the client, who holds the secret key, sees an RLWE sample and a uniform phase.
/// Immutable; evaluations may run at the same time. Constant time but for which uniform draws are rejected.
/// </summary>
public sealed class RlweServer : IDisposable
{
    private const int LeastBindingBytes = 16;

    private readonly RlweParameters _parameters;
    private readonly NegacyclicNtt _ring;
    private readonly byte[] _connection;
    private readonly SmallSampler _gaussian;
    private readonly AlignedBuffer<double> _mask, _publicKey;

    /// <summary>Reads the client's public key.</summary>
    /// <param name="connectionBinding">As the client's.</param>
    /// <exception cref="FormatException">The key is malformed.</exception>
    public RlweServer(RlweParameters parameters, ReadOnlySpan<byte> connectionBinding, ReadOnlySpan<byte> publicKey)
    {
        (_parameters, _ring) = (parameters, OneRing(parameters, connectionBinding));
        WireFormat.CheckMessage(publicKey.Length, WireFormat.RequestPolynomialBytes(parameters.Size), "public key");
        _connection = connectionBinding.ToArray();
        _gaussian = SmallSampler.Gaussian(parameters.ErrorDeviation);
        _mask = new AlignedBuffer<double>(parameters.Size);
        _publicKey = new AlignedBuffer<double>(parameters.Size);
        WireFormat.PublicKeyMask(_ring, _connection, _mask.Span);
        WireFormat.ReadTransform(_ring, publicKey, _publicKey.Span);
    }

    /// <summary>Answers a request and computes the server's share.</summary>
    /// <param name="inference">As in the client's call.</param>
    /// <param name="layer">As in the client's call.</param>
    /// <param name="request">Exactly RequestBytes.</param>
    /// <param name="fresh">Randomness that no other call sees; 16 bytes of it are used for each polynomial of the answer.</param>
    /// <param name="response">Exactly ResponseBytes.</param>
    /// <param name="serverShare">OutChannels x OutHeight x OutWidth elements of Z_2^32.</param>
    /// <param name="threads">How many threads may work; the result does not depend on it.</param>
    /// <exception cref="FormatException">The request is malformed.</exception>
    public void Evaluate(
        PreparedWeights weights, ulong inference, uint layer, ReadOnlySpan<byte> request, Prg fresh, Span<byte> response,
        Span<uint> serverShare, int threads = 1)
    {
        LinearPacking packing = weights.Packing;
        CheckSize(_parameters, packing);
        WireFormat.CheckMessage(request.Length, packing.RequestBytes, "request");
        WireFormat.CheckLength(response.Length, packing.ResponseBytes, "the response");
        WireFormat.CheckLength(serverShare.Length, packing.Geometry.OutElements, "the share");
        using RlweRequest ciphertexts = new(_ring, _connection, packing, inference, layer, request);
        using RlweAnswer answer = new(packing, fresh);
        if (threads == 1)
            for (int polynomial = 0; polynomial < packing.ResponsePolynomials; polynomial++)
                answer.Compute(polynomial, this, ciphertexts, weights);
        else
            Parallel.For(0, packing.ResponsePolynomials, new ParallelOptions { MaxDegreeOfParallelism = threads },
                polynomial => answer.Compute(polynomial, this, ciphertexts, weights));
        answer.Bytes.CopyTo(response);
        answer.Share.CopyTo(serverShare);
    }

    public void Dispose()
    {
        _mask.Dispose();
        _publicKey.Dispose();
    }

    internal NegacyclicNtt Ring => _ring;

    /// <summary>
    /// Adds u times the public key to a sum of products and transforms back: maskSum becomes the coefficients of a'',
    /// valueSum those of b' + b_pk*u, both below p in absolute value.
    /// </summary>
    internal void Randomise(Prg fresh, Span<double> maskSum, Span<double> valueSum, Span<double> scratch)
    {
        SmallSampler.Ternary.Fill(fresh, scratch);
        _ring.Forward(scratch);
        _ring.MultiplyAdd(_mask.Span, scratch, maskSum);
        _ring.MultiplyAdd(_publicKey.Span, scratch, valueSum);
        _ring.Inverse(maskSum);
        _ring.Inverse(valueSum);
        _gaussian.Fill(fresh, scratch);
        for (int i = 0; i < maskSum.Length; i++) maskSum[i] += scratch[i];
    }

    internal static NegacyclicNtt OneRing(RlweParameters parameters, ReadOnlySpan<byte> connectionBinding)
    {
        if (parameters.Transforms.Count != 1)
            throw new ParameterException($"Linear layers use one prime, not {parameters.Transforms.Count}.");
        if (connectionBinding.Length < LeastBindingBytes)
            throw new ArgumentException($"A connection's binding has at least {LeastBindingBytes} bytes.", nameof(connectionBinding));
        return parameters.Transforms[0];
    }

    internal static void CheckSize(RlweParameters parameters, LinearPacking packing)
    {
        if (packing.Size != parameters.Size)
            throw new ArgumentException($"A packing for N = {packing.Size} under parameters for N = {parameters.Size}.");
    }
}
