using Blindsight.Inference.Sessions;
using Blindsight.Mpc.Channels;

namespace Blindsight.Hosting.Service;

/// <summary>
/// What every client has of what it may have. Outputs leak models to whoever asks often enough, so that how often is the owner's to say. Thread-safe.
/// </summary>
/// <param name="limitsOf">A client's limits, by its name; asked anew each time, so that they can be changed.</param>
public sealed class ClientLedger(Func<string, ClientLimits> limitsOf, TimeProvider clock)
{
    /// <summary>Clients that are remembered while they have nothing; beyond it those are forgotten whose minute has passed.</summary>
    private const int AccountsMax = 10_000;

    /// <summary>
    /// How long a request waits for its turn. Requests that take turns on as many processors as there are end sooner, nearly all of them, than if all
    /// went on at once; one that a client has begun and does not go on with delays others by no more than this.
    /// </summary>
    private const int TurnMs = 250;

    private readonly SemaphoreSlim _turns = new(Environment.ProcessorCount);
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Account> _accounts = [];
    private readonly HashSet<ClientPermit> _permits = [];
    private bool _draining;

    /// <summary>Sessions that stand.</summary>
    public int Sessions
    {
        get
        {
            lock (_gate) return _permits.Count;
        }
    }

    /// <summary>Rows that lie prepared and unused.</summary>
    public long PreparedRows
    {
        get
        {
            lock (_gate) return _permits.Sum(permit => permit.Prepared);
        }
    }

    /// <summary>Lets a session begin.</summary>
    /// <param name="abort">Breaks the session's connection, from any thread.</param>
    /// <exception cref="ProtocolException">The client has as many as it may, or the server is being stopped.</exception>
    public ClientPermit Admit(string client, Action abort)
    {
        lock (_gate)
        {
            if (_draining) throw Stopping();
            if (!_accounts.TryGetValue(client, out Account? account)) account = Open(client);
            int most = limitsOf(client).Sessions;
            if (account.Sessions >= most) throw Refused($"{client} may have {most} sessions at once");
            account.Sessions++;
            ClientPermit permit = new(this, client, abort);
            _permits.Add(permit);
            return permit;
        }
    }

    /// <summary>From now on nothing is begun but predictions of what lies prepared; sessions that wait for their client are ended.</summary>
    public void Drain()
    {
        ClientPermit[] idle;
        lock (_gate)
        {
            _draining = true;
            idle = [.. _permits.Where(permit => permit is { Busy: false, Prepared: 0 })];
        }
        foreach (ClientPermit permit in idle) permit.Abort();
    }

    internal bool Ends(ClientPermit permit)
    {
        lock (_gate) return _draining && permit.Prepared == 0;
    }

    internal void Begin(ClientPermit permit, SessionWork work, int rows)
    {
        Admit(permit, work, rows);
        permit.HasTurn = _turns.Wait(TurnMs);
    }

    private void Admit(ClientPermit permit, SessionWork work, int rows)
    {
        lock (_gate)
        {
            Account account = _accounts[permit.Client];
            ClientLimits limits = limitsOf(permit.Client);
            if (_draining && (work == SessionWork.Prepare || permit.Prepared == 0)) throw Stopping();
            if (work == SessionWork.Prepare)
            {
                if (account.Prepared + rows > limits.PreparedRows) throw Refused($"{permit.Client} may have {limits.PreparedRows} rows prepared and unused");
                account.Prepared += rows;
                permit.Prepared += rows;
            }
            else if (!account.Take(rows, limits.RowsAMinute, clock)) throw Refused($"{permit.Client} may have {limits.RowsAMinute} rows predicted a minute");
            permit.Busy = true;
        }
    }

    internal void End(ClientPermit permit, SessionWork work, int rows)
    {
        EndTurn(permit);
        lock (_gate)
        {
            permit.Busy = false;
            if (work != SessionWork.Infer) return;
            // Deployments without preparation have nothing to give back.
            int used = Math.Min(rows, permit.Prepared);
            permit.Prepared -= used;
            _accounts[permit.Client].Prepared -= used;
        }
    }

    internal void Leave(ClientPermit permit)
    {
        EndTurn(permit);
        lock (_gate)
        {
            if (!_permits.Remove(permit)) return;
            Account account = _accounts[permit.Client];
            account.Sessions--;
            account.Prepared -= permit.Prepared;
        }
    }

    private void EndTurn(ClientPermit permit)
    {
        if (permit.HasTurn) _turns.Release();
        permit.HasTurn = false;
    }

    private Account Open(string client)
    {
        if (_accounts.Count >= AccountsMax)
            foreach (string idle in _accounts.Where(entry => entry.Value.Idle(clock)).Select(entry => entry.Key).ToArray()) _accounts.Remove(idle);
        if (_accounts.Count >= AccountsMax) throw Refused($"{AccountsMax} clients asked within a minute");
        return _accounts[client] = new Account();
    }

    private static ProtocolException Refused(string words) => new(PeerFault.LimitExceeded, "policy", words);

    private static ProtocolException Stopping() => new(PeerFault.LimitExceeded, "policy", "the server is being stopped");

    /// <summary>One client's.</summary>
    private sealed class Account
    {
        private double _spent;
        private long _at;

        public int Sessions { get; set; }

        public long Prepared { get; set; }

        /// <summary>Takes rows out of a bucket that holds a minute's worth and fills at that rate.</summary>
        public bool Take(int rows, int rowsAMinute, TimeProvider clock)
        {
            long now = clock.GetTimestamp();
            double left = Math.Max(0, _spent - (_at == 0 ? 0 : clock.GetElapsedTime(_at, now).TotalMinutes * rowsAMinute));
            if (left + rows > rowsAMinute) return false;
            (_spent, _at) = (left + rows, now);
            return true;
        }

        public bool Idle(TimeProvider clock) => Sessions == 0 && (_at == 0 || clock.GetElapsedTime(_at).TotalMinutes > 1);
    }
}

/// <summary>One session's account with the ledger.</summary>
public sealed class ClientPermit : ISessionGate, IDisposable
{
    private readonly ClientLedger _ledger;
    private readonly Action _abort;

    internal ClientPermit(ClientLedger ledger, string client, Action abort) => (_ledger, Client, _abort) = (ledger, client, abort);

    /// <summary>Told of every request that was answered.</summary>
    public event Action<SessionWork, int, double>? Answered;

    /// <summary>The client's name.</summary>
    public string Client { get; }

    /// <inheritdoc/>
    public bool Ending => _ledger.Ends(this);

    /// <summary>The model that the client was given.</summary>
    public string Model { get; set; } = "none";

    internal bool Busy { get; set; }

    /// <summary>Whether its request is one of those that run at once; of the session's thread alone.</summary>
    internal bool HasTurn { get; set; }

    internal int Prepared { get; set; }

    /// <inheritdoc/>
    public void Begin(SessionWork work, int rows) => _ledger.Begin(this, work, rows);

    /// <inheritdoc/>
    public void End(SessionWork work, int rows, double seconds)
    {
        _ledger.End(this, work, rows);
        Answered?.Invoke(work, rows, seconds);
    }

    public void Dispose() => _ledger.Leave(this);

    internal void Abort() => _abort();
}
