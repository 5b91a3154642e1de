using Blindsight.Arithmetic.Randomness;
using Blindsight.Mpc.Channels;
using Blindsight.Mpc.Correlations.Dealing;
using Blindsight.Mpc.FunctionSecretSharing;

namespace Blindsight.Inference.Deployments.TwoServers.Correlations;

/// <summary>One server's correlations of one query from a <see cref="Dealer"/>. Lengths follow from shapes and are checked by the channel.</summary>
internal sealed class DealtSource : ICorrelationSource
{
    private readonly IChannel _dealer;
    private readonly bool _isFirst;
    private readonly DealtStream _stream;
    private readonly Prg _common;
    private readonly CorrelationRobustHash _hash;
    private ulong _functions;

    /// <summary>Waits for the query's seeds.</summary>
    public DealtSource(IChannel dealer, bool isFirst)
    {
        (_dealer, _isFirst) = (dealer, isFirst);
        byte[] seeds = new byte[QuerySeeds.MessageBytes];
        dealer.Receive(TwoServersTag.Seeds, seeds);
        _stream = new DealtStream(seeds.AsSpan(0, DealtStream.SeedBytes), isFirst);
        ReadOnlySpan<byte> common = seeds.AsSpan(DealtStream.SeedBytes);
        _common = Prg.Derive(common, "common stream");
        _hash = Dealer.FunctionHash(common);
        System.Security.Cryptography.CryptographicOperations.ZeroMemory(seeds);
    }

    public void FillCommon(Span<uint> words) => _common.Fill(words);

    public Correlation<uint[]> Take(MaskShape shape)
    {
        uint[] mask = new uint[shape.Elements];
        _stream.Uniform(32, mask);
        return new(mask);
    }

    public Correlation<uint[]> Take(ProductShape shape)
    {
        uint[] product = new uint[shape.Elements];
        Begin(shape);
        _stream.Dealt(32, product);
        _stream.End();
        return new(product);
    }

    public Correlation<WideningShares> Take(WideningShape shape)
    {
        Begin(shape);
        WideningShares shares = WideningShares.Receive(shape, _stream);
        _stream.End();
        return new(shares);
    }

    public Correlation<SelectionShares> Take(SelectionShape shape)
    {
        FunctionShares? functions = shape.CommonBytes == 0 ? null : Functions(shape);
        Begin(shape);
        SelectionShares shares = SelectionShares.Receive(shape, _stream, () => functions!);
        _stream.End();
        return new(shares);
    }

    /// <summary>Clears seeds and streams. What was handed out stays usable, but comparison functions only until then.</summary>
    public void Dispose()
    {
        _stream.Dispose();
        _common.Dispose();
        _hash.Dispose();
    }

    private void Begin(CorrelationShape shape)
    {
        if (_isFirst || shape.CorrectionBytes == 0) return;
        byte[] corrections = new byte[shape.CorrectionBytes];
        _dealer.Receive(TwoServersTag.Corrections, corrections);
        _stream.Begin(corrections);
    }

    private FunctionShares Functions(SelectionShape shape)
    {
        byte[] message = new byte[shape.CommonBytes];
        _dealer.Receive(TwoServersTag.CommonKeys, message);
        ComparisonKeys keys = new(shape.Tree.Bits, shape.Elements);
        try
        {
            keys.Read(message);
        }
        catch (FormatException malformed)
        {
            throw new ProtocolException(PeerFault.MalformedMessage, "comparison keys", malformed.Message, malformed);
        }
        FunctionShares functions = new(keys, new Block[shape.Elements], _functions, _hash);
        _functions += (ulong)shape.Elements;
        return functions;
    }
}
