using Blindsight.Inference.Costs;

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

    /// <inheritdoc cref="Prepare(Party)"/>
    public void Prepare(Script script)
    {
        _fromServer.Prepare(script);
        _fromClient.Prepare(script);
    }

    /// <summary>The first message.</summary>
    public void Begin(Script script) => (serverStarts ? _fromClient : _fromServer).Choices(script);

    /// <summary>The other messages.</summary>
    public void Complete(Script script)
    {
        (AdditiveTransfer first, AdditiveTransfer second) = serverStarts ? (_fromClient, _fromServer) : (_fromServer, _fromClient);
        second.Choices(script);
        first.Corrections(script);
        second.Corrections(script);
    }

    /// <summary>Draws pads, first those of the server's transfer at both parties.</summary>
    public Correlation Prepare(Party party)
    {
        AdditiveTransfer.Correlation fromServer = _fromServer.Prepare(party), fromClient = _fromClient.Prepare(party);
        return party.IsServer ? new Correlation(fromServer, fromClient) : new Correlation(fromClient, fromServer);
    }

    /// <summary>The first message.</summary>
    /// <param name="bit">64 a word; bits beyond the elements are ignored.</param>
    public void Begin(Party party, Correlation correlation, ReadOnlySpan<ulong> bit)
    {
        if (Starts(party)) Incoming(party).SendChoices(party, correlation.Receiving, bit);
        else Outgoing(party).ReceiveChoices(party, correlation.Sending);
    }

    /// <summary>The other messages; <paramref name="sum"/> grows by the share of d * y.</summary>
    /// <param name="bit">As before.</param>
    /// <param name="sum">No overlap with <paramref name="share"/>.</param>
    public void Complete(Party party, Correlation correlation, ReadOnlySpan<ulong> bit, ReadOnlySpan<uint> share, Span<uint> sum)
    {
        if (Starts(party)) Outgoing(party).ReceiveChoices(party, correlation.Sending);
        else
        {
            Incoming(party).SendChoices(party, correlation.Receiving, bit);
            AddSent(party, correlation.Sending, bit, share, sum);
        }
        AddReceived(party, correlation.Receiving, sum);
        if (Starts(party)) AddSent(party, correlation.Sending, bit, share, sum);
    }

    private bool Starts(Party party) => party.IsServer == serverStarts;

    private AdditiveTransfer Outgoing(Party party) => party.IsServer ? _fromServer : _fromClient;

    private AdditiveTransfer Incoming(Party party) => party.IsServer ? _fromClient : _fromServer;

    /// <summary>Adds the own bit times the own share, and the own share of the transfer to the peer.</summary>
    private void AddSent(Party party, AdditiveTransfer.Correlation correlation,
        ReadOnlySpan<ulong> bit, ReadOnlySpan<uint> share, Span<uint> sum)
    {
        uint mask = Ring.Mask(bits);
        using Rented<uint> rented = new(Math.Min(Chunks.Elements, elements));
        for (int from = 0; from < elements; from += Chunks.Elements)
        {
            Span<uint> sent = rented.Span[..Chunks.At(from, elements)], to = sum.Slice(from, sent.Length);
            ReadOnlySpan<uint> own = share.Slice(from, sent.Length);
            ReadOnlySpan<ulong> words = bit[(from / 64)..];
            for (int i = 0; i < sent.Length; i++)
            {
                uint set = 0u - (uint)((words[i >> 6] >> i) & 1);
                to[i] += own[i] & set;
                sent[i] = (own[i] ^ set) - set;
            }
            Outgoing(party).SendCorrections(party, correlation, from, sent, sent);
            for (int i = 0; i < sent.Length; i++) to[i] = (to[i] + sent[i]) & mask;
        }
    }

    private void AddReceived(Party party, AdditiveTransfer.Correlation correlation, Span<uint> sum)
    {
        uint mask = Ring.Mask(bits);
        using Rented<uint> rented = new(Math.Min(Chunks.Elements, elements));
        for (int from = 0; from < elements; from += Chunks.Elements)
        {
            Span<uint> received = rented.Span[..Chunks.At(from, elements)], to = sum.Slice(from, received.Length);
            Incoming(party).ReceiveCorrections(party, correlation, from, received);
            for (int i = 0; i < received.Length; i++) to[i] = (to[i] + received[i]) & mask;
        }
    }

    /// <summary>Pads of both transfers at one party.</summary>
    internal sealed record Correlation(AdditiveTransfer.Correlation Sending, AdditiveTransfer.Correlation Receiving);
}
