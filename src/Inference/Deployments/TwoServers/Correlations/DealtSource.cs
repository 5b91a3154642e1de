using System.Security.Cryptography;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Mpc.Channels;
using Blindsight.Mpc.Correlations.Dealing;
using Blindsight.Mpc.FunctionSecretSharing;

namespace Blindsight.Inference.Deployments.TwoServers.Correlations;

/// <summary>One server's correlations of one query from a <see cref="Dealer"/>. Lengths follow from shapes and are checked by the channel.</summary>
internal sealed class DealtSource : ICorrelationSource
{
    private readonly IDealtMessages _dealer;
    private readonly bool _isFirst;
    private readonly DealtStream _stream;
    private readonly Prg _common;
    private readonly CorrelationRobustHash _hash;
    private readonly byte[] _name = new byte[32];
    private ulong _functions;

    /// <summary>Waits for the query's seeds.</summary>
    public DealtSource(IChannel dealer, bool isFirst) : this(new ChannelMessages(dealer), isFirst) { }

    /// <summary>Reads the query's seeds.</summary>
    public DealtSource(IDealtMessages dealer, bool isFirst)
    {
        (_dealer, _isFirst) = (dealer, isFirst);
        byte[] seeds = new byte[QuerySeeds.MessageBytes];
        dealer.Receive(TwoServersTag.Seeds, seeds);
        Number = QuerySeeds.Read(seeds, out ReadOnlySpan<byte> own, out ReadOnlySpan<byte> common);
        _stream = new DealtStream(own, isFirst);
        _common = Prg.Derive(common, "common stream");
        _hash = Dealer.FunctionHash(common);
        using (Prg name = Prg.Derive(common, "name", Number)) name.Fill(_name);
        CryptographicOperations.ZeroMemory(seeds);
    }

    /// <summary>The query's number among those that the dealer dealt.</summary>
    public ulong Number { get; }

    public ReadOnlySpan<byte> Name => _name;

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

    public Correlation<TransferMaterial> Take(TransferShape shape) =>
        throw new ArgumentException($"{shape.Protocol.GetType().Name} is prepared by two parties, not dealt.");

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
        _dealer.Dispose();
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
