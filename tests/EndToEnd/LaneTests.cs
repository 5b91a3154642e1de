using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Blindsight.EndToEnd;

/// <summary>Two threads a party and a model with enough transfers for lanes: three connections a session.</summary>
public sealed partial class LaneTests : IDisposable
{
    private const ushort JoinTag = 8, AnswerTag = 9, HelloTag = 1;

    private readonly SmallModel _model = new("m2", side: 28, classes: 10, rows: 3);

    private string Model => _model.Model;
    private string Input => _model.Input;
    private string Plan => _model.Plan;

    public void Dispose() => _model.Dispose();

    [Fact]
    public void A_run_with_two_threads_gives_the_same_answers_over_further_connections_that_it_counts()
    {
        JsonElement one = Run("1"), two = Run("2");
        Assert.Equal(Integers(one, "reference_top1"), Integers(one, "top1"));
        Assert.Equal(Integers(two, "reference_top1"), Integers(two, "top1"));
        Assert.Equal(Rounds(one, "online"), Rounds(two, "online"));
        const int Joins = 2 * (8 + 33 + 8 + 1);
        Assert.InRange(Bytes(two), Bytes(one) + Joins, 1.2 * Bytes(one));
    }

    [Fact]
    public void Strangers_and_the_silent_are_sent_away_and_clients_with_lanes_served()
    {
        using Process server = Tool.Start("serve", Model, "--plan", Plan, "--listen", "127.0.0.1:0", "--insecure", "--threads", "2");
        try
        {
            string line = server.StandardOutput.ReadLine() ?? throw new InvalidOperationException(server.StandardError.ReadToEnd());
            string address = Announcement().Match(line).Groups[1].Value;
            Assert.Equal((AnswerTag, 1), Ask(address, Frame(JoinTag, new byte[33])));
            Assert.Null(Ask(address, Frame(JoinTag, new byte[32])));
            Assert.Null(Ask(address, Frame(HelloTag, new byte[3])));
            using Socket silent = Connect(address);
            for (int i = 0; i < 2; i++)
            {
                Tool.Outcome client = Tool.Run("infer", "--insecure", "--server", address, "--input", Input, "--rows", "0-1", "--threads", "2");
                Assert.True(client.ExitCode == 0, client.Error);
                Assert.Matches(@"row 1: \d", client.Output);
            }
        }
        finally
        {
            if (!server.HasExited) server.Kill();
        }
        string errors = server.StandardError.ReadToEnd();
        Assert.Contains("joining a session: no session waits for this token.", errors);
    }

    /// <summary>Tag and first byte of what the server says to this message; null where it closes without a word.</summary>
    private static (ushort Tag, int Byte)? Ask(string address, byte[] frame)
    {
        using Socket socket = Connect(address);
        socket.Send(frame);
        byte[] answer = new byte[9];
        int received = 0;
        try
        {
            for (int count = 1; received < answer.Length && count > 0; received += count) count = socket.Receive(answer.AsSpan(received));
        }
        catch (SocketException reset) when (reset.SocketErrorCode == SocketError.ConnectionReset)
        {
            return null;
        }
        return received < answer.Length ? null : (BinaryPrimitives.ReadUInt16LittleEndian(answer.AsSpan(4)), answer[8]);
    }

    private static Socket Connect(string address)
    {
        IPEndPoint endPoint = IPEndPoint.Parse(address);
        Socket socket = new(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 20_000 };
        socket.Connect(endPoint);
        return socket;
    }

    private static byte[] Frame(ushort tag, byte[] payload)
    {
        byte[] frame = new byte[8 + payload.Length];
        BinaryPrimitives.WriteInt32LittleEndian(frame, payload.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(frame.AsSpan(4), tag);
        payload.CopyTo(frame, 8);
        return frame;
    }

    private JsonElement Run(string threads)
    {
        string json = Path.ChangeExtension(Model, $"report{threads}.json");
        Tool.Outcome outcome = Tool.Run(
            "run", Model, "--plan", Plan, "--input", Input, "--rows", "0-1", "--batch", "2", "--threads", threads, "--json", json);
        Assert.True(outcome.ExitCode == 0, outcome.Error);
        return JsonDocument.Parse(File.ReadAllBytes(json)).RootElement;
    }

    private static int[] Integers(JsonElement report, string key) => [.. report.GetProperty(key).EnumerateArray().Select(value => value.GetInt32())];

    private static long Rounds(JsonElement report, string phase) => report.GetProperty(phase).GetProperty("rounds").GetInt64();

    private static long Bytes(JsonElement report) => report.GetProperty("offline").GetProperty("bytes").EnumerateObject().Sum(way => way.Value.GetInt64());

    [GeneratedRegex(@"at (127\.0\.0\.1:\d+);")]
    private static partial Regex Announcement();
}
