using System.Collections.Immutable;
using System.Diagnostics;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Compiler.Plans;
using Blindsight.Inference.Deployments.TwoServers;
using Blindsight.Inference.Deployments.TwoServers.Correlations;
using Blindsight.Mpc.Channels;

namespace Blindsight.Hosting.Dealing;

/// <summary>
/// One split of a model at the dealer: a place for each server, and a thread that deals, query by query, once both ask. When either leaves both are let
/// go, so that neither holds half of a query's correlations for long; they connect again.
/// </summary>
internal sealed class DealingTable : IDisposable
{
    private readonly ulong _queriesMax;
    private readonly Action<DealtQuery> _dealt;
    private readonly Prg _randomness = Prg.FromSystem();
    private readonly Lock _lock = new();
    private readonly Dealer _dealer;
    private Pair? _pair;
    private FramedChannel? _firstWaiting, _secondWaiting;
    private ulong _queries;

    /// <param name="queriesMax">For how many queries it deals.</param>
    /// <param name="dealt">Told of each.</param>
    public DealingTable(InferencePlan plan, ImmutableArray<CorrelationShape> shapes, ulong queriesMax, Action<DealtQuery> dealt)
    {
        (_queriesMax, _dealt) = (queriesMax, dealt);
        First = Dealing.Draw();
        Second = Dealing.Draw() with { Id = First.Id };
        _dealer = new Dealer(plan, shapes, ModelMasks.Sum(plan, First.MaskSeed, Second.MaskSeed));
    }

    /// <summary>What each server is told.</summary>
    public Dealing First { get; }

    /// <inheritdoc cref="First"/>
    public Dealing Second { get; }

    /// <summary>Whether a server is there.</summary>
    public bool Occupied
    {
        get
        {
            lock (_lock) return _pair is not null || _firstWaiting is not null || _secondWaiting is not null;
        }
    }

    /// <summary>Seats a server that has been welcomed; one of the same party that sat there is let go. The channel is the table's.</summary>
    public void Seat(ServerRole role, FramedChannel channel)
    {
        lock (_lock)
        {
            _pair?.Abort();
            ref FramedChannel? place = ref role == ServerRole.First ? ref _firstWaiting : ref _secondWaiting;
            place?.Dispose();
            place = channel;
            Begin();
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _pair?.Abort();
            _firstWaiting?.Dispose();
            _secondWaiting?.Dispose();
            (_firstWaiting, _secondWaiting) = (null, null);
        }
    }

    /// <summary>Starts dealing where both wait and nobody is dealt to.</summary>
    private void Begin()
    {
        if (_pair is not null || _firstWaiting is not { } first || _secondWaiting is not { } second) return;
        (_firstWaiting, _secondWaiting) = (null, null);
        Pair pair = _pair = new Pair(first, second);
        new Thread(() => Deal(pair)) { IsBackground = true, Name = "dealing" }.Start();
    }

    private void Deal(Pair pair)
    {
        try
        {
            while (_queries < _queriesMax)
            {
                // One message of each in turn: whoever wants waits, and sends none until it was dealt to.
                bool firstWants = false, secondWants = false;
                while (!firstWants || !secondWants)
                {
                    firstWants = firstWants || DealerAsk.Receive(pair.First);
                    secondWants = secondWants || DealerAsk.Receive(pair.Second);
                }
                long start = Stopwatch.GetTimestamp(), first = pair.First.Counters.PayloadSent, second = pair.Second.Counters.PayloadSent;
                using QuerySeeds seeds = QuerySeeds.Draw(_randomness, ++_queries);
                _dealer.Deal(seeds, pair.First, pair.Second);
                _dealt(new DealtQuery(seeds.Number, Stopwatch.GetElapsedTime(start).TotalSeconds,
                    pair.First.Counters.PayloadSent - first, pair.Second.Counters.PayloadSent - second));
            }
            // Nobody is dealt to any more; whoever leaves is noticed.
            while (true)
            {
                DealerAsk.Receive(pair.First);
                DealerAsk.Receive(pair.Second);
            }
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            // A server that left, or sent something else, ends this pair alone.
            pair.Abort();
        }
        pair.First.Dispose();
        pair.Second.Dispose();
        lock (_lock)
        {
            _pair = null;
            Begin();
        }
    }

    private sealed record Pair(FramedChannel First, FramedChannel Second)
    {
        public void Abort()
        {
            First.Abort();
            Second.Abort();
        }
    }
}
