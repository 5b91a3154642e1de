namespace Blindsight.Inference.Protocols.Nonlinear;

/// <summary>
/// Functionality: from XOR-shared bits d and additive shares of y modulo 2^k, additive shares of d * y. Security:
/// semi-honest, by two <see cref="AdditiveTransfer"/>s: (d0 xor d1) y0 = d0 y0 + d1 (1 - 2 d0) y0, sent by the holder of y0,
/// and likewise for y1. Source: CrypTFlow2, section 4.2. Three messages: the party that starts sends its choices, the
/// other its choices and corrections, the first its corrections.
/// </summary>
/// <param name="serverStarts">Whether the server sends the first message.</param>
internal sealed class Multiplexer(int elements, int bits, bool serverStarts)
{
    private readonly AdditiveTransfer _fromServer = new(elements, bits, Role.Server);
    private readonly AdditiveTransfer _fromClient = new(elements, bits, Role.Client);

    /// <summary>Payload bytes each way; the same both ways.</summary>
    public long Cost() => _fromServer.ChoiceBytes + _fromServer.CorrectionBytes;

    public Transfers Transfers() => new(elements, elements);

    /// <summary>Draws pads, first those of the server's transfer at both parties.</summary>
    public Correlation Prepare(Party party)
    {
        AdditiveTransfer.Correlation fromServer = _fromServer.Prepare(party), fromClient = _fromClient.Prepare(party);
        return party.IsServer ? new Correlation(fromServer, fromClient) : new Correlation(fromClient, fromServer);
    }

    /// <summary>Multiplies; <paramref name="product"/> may be <paramref name="share"/>.</summary>
    public void Run(
        Party party, Correlation correlation, ReadOnlySpan<ulong> bit, ReadOnlySpan<uint> share, Span<uint> product)
    {
        uint mask = Ring.Mask(bits);
        uint[] own = new uint[elements], sent = new uint[elements], received = new uint[elements];
        for (int i = 0; i < elements; i++)
        {
            uint set = 0u - (uint)((bit[i >> 6] >> i) & 1);
            own[i] = share[i] & set;
            sent[i] = ((share[i] ^ set) - set) & mask;
        }
        AdditiveTransfer outgoing = party.IsServer ? _fromServer : _fromClient;
        AdditiveTransfer incoming = party.IsServer ? _fromClient : _fromServer;
        if (party.IsServer == serverStarts)
        {
            incoming.SendChoices(party, correlation.Receiving, bit);
            outgoing.ReceiveChoices(party, correlation.Sending);
            incoming.ReceiveCorrections(party, correlation.Receiving, received);
            outgoing.SendCorrections(party, correlation.Sending, sent, sent);
        }
        else
        {
            outgoing.ReceiveChoices(party, correlation.Sending);
            incoming.SendChoices(party, correlation.Receiving, bit);
            outgoing.SendCorrections(party, correlation.Sending, sent, sent);
            incoming.ReceiveCorrections(party, correlation.Receiving, received);
        }
        for (int i = 0; i < elements; i++) product[i] = (own[i] + sent[i] + received[i]) & mask;
    }

    /// <summary>Pads of both transfers at one party.</summary>
    internal sealed record Correlation(AdditiveTransfer.Correlation Sending, AdditiveTransfer.Correlation Receiving);
}
