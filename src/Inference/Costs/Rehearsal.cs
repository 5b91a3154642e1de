using Blindsight.Inference.Protocols;
using Blindsight.Inference.Sessions;
using Blindsight.Mpc.ObliviousTransfer;

namespace Blindsight.Inference.Costs;

/// <summary>
/// Writes down what each party does, with the time that it takes on a machine, and plays both through on a link: each has its own clock, waits
/// for its messages and counts rounds and bytes as a channel does. Deterministic.
/// </summary>
/// <param name="fromServer">How the server's transfers are made.</param>
/// <param name="fromClient">How the client's are.</param>
internal sealed class Rehearsal(MachineCosts machine, CorrelatedOtFactory fromServer, CorrelatedOtFactory fromClient) : Script
{
    private readonly List<Act> _client = [], _server = [];
    private readonly RehearsedTransfers _fromServer = new(Role.Server, fromServer), _fromClient = new(Role.Client, fromClient);
    private readonly double _sentNs = machine.Ns(Work.MessageSent, 0), _receivedNs = machine.Ns(Work.MessageReceived, 0);
    private readonly double _byteSentNs = machine.Ns(Work.ByteSent), _byteReceivedNs = machine.Ns(Work.ByteReceived);
    private readonly double _flushNs = machine.Ns(Work.Flush, 0), _wakeNs = machine.Ns(Work.Wake, 0);

    public override void Does(Role party, Work work, double units = 1, int width = 0)
    {
        double ns = machine.Ns(work, units, width);
        List<Act> acts = Of(party);
        if (acts.Count > 0 && acts[^1].Kind == ActKind.Compute) acts[^1] = acts[^1] with { Amount = acts[^1].Amount + ns };
        else acts.Add(new Act(ActKind.Compute, ns));
    }

    public override void Sends(Role party, long bytes) => Of(party).Add(new Act(ActKind.Send, bytes));

    public override void Receives(Role party) => Of(party).Add(new Act(ActKind.Receive, 0));

    public override void Flushes(Role party) => Of(party).Add(new Act(ActKind.Flush, 0));

    public override void Extends(Role sender, long transfers) => (sender == Role.Server ? _fromServer : _fromClient).Extend(this, transfers);

    /// <summary>A party's meter is read: what has passed since the last reading goes to <paramref name="slot"/>, or nowhere where that is negative.</summary>
    public void Laps(Role party, int slot) => Of(party).Add(new Act(ActKind.Lap, slot));

    /// <summary>Plays the script.</summary>
    /// <param name="slots">How many there are.</param>
    /// <returns>What each slot holds at the party.</returns>
    public PhaseCost[] Play(LinkSpeed link, Role observed, int slots)
    {
        Line up = new(link), down = new(link);
        Player client = new(this, _client, up, down, slots), server = new(this, _server, down, up, slots);
        while (true)
        {
            bool moved = client.Advance() | server.Advance();
            if (client.Ended && server.Ended) return (observed == Role.Client ? client : server).Slots;
            if (!moved) throw new InvalidOperationException("Both parties of a script wait for each other.");
        }
    }

    private List<Act> Of(Role party) => party == Role.Client ? _client : _server;

    private enum ActKind : byte
    {
        Compute,
        Send,
        Receive,
        Flush,
        Lap,
    }

    /// <param name="Amount">Nanoseconds, bytes, or a slot.</param>
    private readonly record struct Act(ActKind Kind, double Amount);

    /// <summary>One party in the course of a play.</summary>
    private sealed class Player(Rehearsal script, List<Act> acts, Line outgoing, Line incoming, int slots)
    {
        private int _at;
        private double _ns, _lapNs;
        private long _sentClock, _receivedClock, _sent, _received, _lapRounds, _lapSent, _lapReceived;

        public PhaseCost[] Slots { get; } = new PhaseCost[slots];

        public bool Ended => _at == acts.Count;

        /// <summary>Goes on until the end or a message that is not on its way; false where it cannot.</summary>
        public bool Advance()
        {
            int start = _at;
            for (; _at < acts.Count; _at++)
            {
                Act act = acts[_at];
                if (act.Kind == ActKind.Compute) _ns += act.Amount;
                else if (act.Kind == ActKind.Send) Send((long)act.Amount);
                else if (act.Kind == ActKind.Flush) Flush();
                else if (act.Kind == ActKind.Lap) Lap((int)act.Amount);
                else
                {
                    Flush();
                    if (!incoming.TryTake(out Line.Message message)) break;
                    Receive(message);
                }
            }
            // Whoever has nothing left to do waits for a command, and flushes before.
            if (Ended) Flush();
            return _at > start;
        }

        private void Send(long bytes)
        {
            _sentClock = _receivedClock + 1;
            _ns += script._sentNs + bytes * script._byteSentNs;
            _sent += bytes + Line.HeaderBytes;
            outgoing.Queue(bytes, _sentClock, _ns);
        }

        private void Flush()
        {
            if (outgoing.IsFlushed) return;
            _ns += script._flushNs;
            outgoing.Flush(_ns);
        }

        private void Receive(Line.Message message)
        {
            if (message.ArrivalNs > _ns) _ns = message.ArrivalNs + script._wakeNs;
            _ns += script._receivedNs + message.Bytes * script._byteReceivedNs;
            _receivedClock = Math.Max(_receivedClock, message.Clock);
            _received += message.Bytes + Line.HeaderBytes;
        }

        private void Lap(int slot)
        {
            long rounds = Math.Max(_sentClock, _receivedClock);
            if (slot >= 0)
                Slots[slot] += new PhaseCost((_ns - _lapNs) * 1e-9, rounds - _lapRounds, _sent - _lapSent, _received - _lapReceived);
            (_lapNs, _lapRounds, _lapSent, _lapReceived) = (_ns, rounds, _sent, _received);
        }
    }
}
