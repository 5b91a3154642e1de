using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Blindsight.Arithmetic;
using Blindsight.Mpc.Channels;
using Blindsight.Transport;
using Blindsight.Transport.Emulation;
using Blindsight.Transport.Tcp;
using Blindsight.Transport.Tls;

namespace Blindsight.Unit.Transport.Tls;

public sealed class TlsTransportTests : IDisposable
{
    private const ushort Tag = 7;
    private const int TimeoutMs = 10_000;

    private static readonly DateTimeOffset LastWeek = DateTimeOffset.UtcNow.AddDays(-7);

    private readonly TlsFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Both_ends_send_at_once_and_know_each_other()
    {
        const int length = 32 << 20;
        byte[] Exchange(IChannel channel, byte fill)
        {
            byte[] own = new byte[length];
            own.AsSpan().Fill(fill);
            channel.Send(Tag, own);
            channel.Receive(Tag, own);
            return own;
        }
        using Meeting meeting = new(_folder.Party("server"), _folder.Party("alice", serves: false), "server");
        using FramedChannel client = meeting.Client();
        Task<byte[]> there = Task.Run(() => Exchange(meeting.Server().Channel, 2));
        byte[] here = Exchange(client, 1);
        Assert.DoesNotContain(here, received => received != 2);
        Assert.DoesNotContain(await there, received => received != 1);
        PeerIdentity peer = meeting.Server().Peer;
        Assert.Equal("alice", peer.Name);
        Assert.True(peer.MayBe("alice"));
        Assert.False(peer.MayBe("server"));
        Assert.False(peer.MayBe("bob"));
    }

    [Fact]
    public void A_client_of_another_authority_is_told_so()
    {
        using TlsFolder other = new() { Authority = DevelopmentAuthority.Create() };
        ConnectionSecurity stranger = other.Party("alice");
        File.WriteAllText(other.Files("alice").Authority, _folder.Authority.Certificate);
        AssertRefused(stranger, PeerFault.UnknownAuthority);
    }

    [Fact]
    public void A_client_whose_certificate_has_expired_is_told_so()
    {
        using TlsFolder old = new() { Authority = DevelopmentAuthority.Create(LastWeek) };
        ConnectionSecurity late = old.Party("alice", now: LastWeek), server = old.Party("server");
        AssertRefused(late, PeerFault.ExpiredCertificate, server);
    }

    [Fact]
    public void A_client_whose_certificate_names_nobody_is_told_so()
    {
        // An authority's own certificate is genuine, and its name is no party's.
        _folder.Write("authority", _folder.Authority.Own);
        AssertRefused(ConnectionSecurity.Tls(TlsIdentity.Load(_folder.Files("authority"))), PeerFault.WrongName);
    }

    [Fact]
    public void A_client_without_a_certificate_is_turned_away()
    {
        using Meeting meeting = new(_folder.Party("server"), ConnectionSecurity.Insecure, null);
        using TcpClient socket = new("127.0.0.1", meeting.Port);
        using SslStream stream = new(socket.GetStream(), false, (_, _, _, _) => true);
        stream.AuthenticateAsClient(new SslClientAuthenticationOptions
        {
            TargetHost = "127.0.0.1", EnabledSslProtocols = SslProtocols.Tls13, ApplicationProtocols = [TlsIdentity.Protocol],
        });
        stream.ReadTimeout = TimeoutMs;
        byte[] heard = new byte[9];
        stream.ReadExactly(heard);
        Assert.Equal((byte)PeerFault.NoCertificate, heard[8]);
        meeting.AwaitRefusal(PeerFault.NoCertificate);
    }

    [Theory]
    [InlineData(SslProtocols.Tls12, true)]
    [InlineData(SslProtocols.Tls13, false)]
    public void Older_versions_and_other_protocols_are_refused(SslProtocols version, bool named)
    {
        _folder.Party("alice");
        using Meeting meeting = new(_folder.Party("server"), ConnectionSecurity.Insecure, null);
        using TcpClient socket = new("127.0.0.1", meeting.Port);
        using SslStream stream = new(socket.GetStream());
        SslClientAuthenticationOptions options = TlsIdentity.Load(_folder.Files("alice")).ForClient("127.0.0.1", (_, _, _, _) => true);
        options.EnabledSslProtocols = version;
        options.CipherSuitesPolicy = null;
        if (named) options.ApplicationProtocols = [TlsIdentity.Protocol];
        try
        {
            stream.AuthenticateAsClient(options);
        }
        catch (Exception fault) when (fault is AuthenticationException or IOException)
        {
            // The server has closed; what it thinks of it is what counts.
        }
        meeting.AwaitRefusal(PeerFault.HandshakeFailed);
    }

    [Fact]
    public void A_client_speaks_to_the_server_that_it_dialled_and_to_no_other()
    {
        ConnectionSecurity client = _folder.Party("alice");
        Assert.Equal(PeerFault.WrongName, FaultOf(_folder.Party("server", ["elsewhere.example"]), client));
        Assert.Equal(PeerFault.WrongName, FaultOf(_folder.Party("server-b"), client, "server-a"));
        Assert.Equal(PeerFault.WrongCertificate, FaultOf(_folder.Party("bob", serves: false), client));
        using TlsFolder other = new();
        ConnectionSecurity imposter = other.Party("server");
        Assert.Equal(PeerFault.UnknownAuthority, FaultOf(imposter, client));
        using TlsFolder old = new() { Authority = DevelopmentAuthority.Create(LastWeek) };
        Assert.Equal(PeerFault.ExpiredCertificate, FaultOf(old.Party("server", now: LastWeek), old.Party("alice")));
    }

    [Fact]
    public void Plain_and_protected_ends_do_not_meet()
    {
        using Meeting meeting = new(_folder.Party("server"), ConnectionSecurity.Insecure, null);
        using FramedChannel plain = meeting.Client();
        plain.Send(Tag, new byte[64]);
        Assert.Throws<ProtocolException>(() => plain.Receive(Tag, new byte[1]));
        meeting.AwaitRefusal(PeerFault.HandshakeFailed);
    }

    [Fact]
    public void Renewed_certificates_are_taken_up_and_broken_ones_are_not()
    {
        ConnectionSecurity server = _folder.Party("server", ["elsewhere.example"]), client = _folder.Party("alice");
        List<string> complaints = [];
        server.Identity!.Complained += complaints.Add;
        Assert.Equal(PeerFault.WrongName, FaultOf(server, client));

        _folder.Write("server", _folder.Authority.Issue("server", TlsFolder.ThisMachine, true, TimeSpan.FromDays(2)));
        Assert.Null(FaultOf(server, client));
        Assert.Empty(complaints);

        File.WriteAllText(_folder.Files("server").Key, "no key");
        Assert.Null(FaultOf(server, client));
        Assert.Contains("no certificate", Assert.Single(complaints));
    }

    [Fact]
    public void Keys_that_all_can_read_and_files_that_are_none_are_refused()
    {
        _folder.Party("server");
        TlsFiles files = _folder.Files("server");
        Assert.Throws<ParameterException>(() => TlsIdentity.Load(files with { Key = files.Certificate }));
        Assert.Throws<ParameterException>(() => TlsIdentity.Load(files with { Authority = files.Key }));
        Assert.Throws<ParameterException>(() => TlsIdentity.Load(files with { Certificate = files.Certificate + "x" }));
        _folder.Party("other");
        Assert.Throws<ParameterException>(() => TlsIdentity.Load(files with { Key = _folder.Files("other").Key }));
        if (OperatingSystem.IsWindows()) return;
        File.SetUnixFileMode(files.Key, File.GetUnixFileMode(files.Key) | UnixFileMode.OtherRead);
        Assert.Contains("600", Assert.Throws<ParameterException>(() => TlsIdentity.Load(files)).Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("a/b")]
    [InlineData("a,CN=b")]
    [InlineData("../x")]
    public void Parties_need_names(string name)
    {
        using DevelopmentAuthority authority = DevelopmentAuthority.Create();
        Assert.Throws<ParameterException>(() => authority.Issue(name, [], false, TimeSpan.FromDays(1)));
    }

    private void AssertRefused(ConnectionSecurity client, PeerFault fault, ConnectionSecurity? server = null)
    {
        using Meeting meeting = new(server ?? _folder.Party("server"), client, null);
        using FramedChannel channel = meeting.Client();
        ProtocolException told = Assert.Throws<ProtocolException>(() => channel.Receive(Tag, new byte[1]));
        Assert.Equal(PeerFault.RefusedByPeer, told.Fault);
        Assert.Contains($"{fault}", told.Message);
        meeting.AwaitRefusal(fault);
    }

    /// <summary>What the client finds wrong with the server, if anything.</summary>
    private static PeerFault? FaultOf(ConnectionSecurity server, ConnectionSecurity client, string? part = null)
    {
        using Meeting meeting = new(server, client, part);
        try
        {
            meeting.Client().Dispose();
            return null;
        }
        catch (ProtocolException fault)
        {
            return fault.Fault;
        }
    }

    /// <summary>A server's entrance, and a client that comes to it.</summary>
    private sealed class Meeting : IDisposable
    {
        private readonly TcpChannelListener _listener;
        private readonly CancellationTokenSource _stop = new();
        private readonly TaskCompletionSource<Visitor> _visitor = new();
        private readonly TaskCompletionSource<PeerFault> _refusal = new();
        private readonly Task _running;
        private readonly ConnectionSecurity _client;
        private readonly string? _part;

        public Meeting(ConnectionSecurity server, ConnectionSecurity client, string? part)
        {
            (_client, _part) = (client, part);
            _listener = TcpTransport.Listen("127.0.0.1:0", server);
            Entrance entrance = new(_listener, LinkProfile.None);
            entrance.Refused += (fault, _) => _refusal.TrySetResult(fault);
            _running = Task.Run(() => Assert.Throws<OperationCanceledException>(() => entrance.Run(_visitor.SetResult, _stop.Token)));
        }

        public int Port => _listener.EndPoint.Port;

        public FramedChannel Client() => TcpTransport.Connect($"127.0.0.1:{Port}", _client, LinkProfile.None, TimeoutMs, part: _part);

        public Visitor Server() => _visitor.Task.WaitAsync(TimeSpan.FromMilliseconds(TimeoutMs)).GetAwaiter().GetResult();

        public void AwaitRefusal(PeerFault fault) =>
            Assert.Equal(fault, _refusal.Task.WaitAsync(TimeSpan.FromMilliseconds(TimeoutMs)).GetAwaiter().GetResult());

        public void Dispose()
        {
            _stop.Cancel();
            _running.Wait();
            _listener.Dispose();
            if (_visitor.Task.IsCompletedSuccessfully) _visitor.Task.Result.Channel.Dispose();
        }
    }
}
