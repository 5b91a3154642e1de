using System.Collections.Immutable;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Harness;
using Blindsight.Inference.Deployments.TwoServers;
using Blindsight.Inference.Deployments.TwoServers.Correlations;
using Blindsight.Inference.Deployments.TwoServers.Pools;
using Blindsight.Inference.Deployments.TwoServers.Protocols;
using Blindsight.Mpc.Channels;

namespace Blindsight.Unit.Inference.TwoServers.Pools;

public sealed class DealtPoolTests : IDisposable
{
    private static readonly SelectionShape Shape = new(ComparisonMethod.Functions, 10, 16, 32, 1, 0, false);

    private readonly string _folder = Directory.CreateTempSubdirectory("pool").FullName;

    [Fact]
    public void Kept_correlations_work_as_fresh_ones_do()
    {
        int[] values = [-3, 5, 0, -1, 1, 700, -700, 9, -9, 32767];
        (uint[] first, uint[] second) = TestParties.Share(values, 16, 4);
        var outcome = ServerTrio.Run([Shape], (dealer, party) =>
        {
            string folder = Path.Combine(_folder, party.IsFirst ? "first" : "second");
            using (DealtPool filling = new(folder))
                for (int query = 0; query < 3; query++) filling.Fill(dealer, [Shape], party.IsFirst);
            using DealtPool pool = new(folder);
            Assert.Equal([1ul, 2, 3], pool.Available);
            using DealtSource source = new(pool.Take(2), party.IsFirst);
            Assert.Equal([3ul], pool.Available);
            uint[] result = new uint[values.Length];
            Selection.Run(party, Shape, source.Take(Shape), party.IsFirst ? first : second, [0], [], [result], []);
            return result;
        }, queries: 3);
        Assert.Equal(values.Select(x => Math.Max(x, 0)), TestParties.Reconstruct(outcome.First, outcome.Second, 32));
    }

    [Fact]
    public void What_was_claimed_is_never_offered_again_whatever_became_of_its_file()
    {
        Fill(5);
        string file = Path.Combine(_folder, "0000000000000002.query"), saved = file + ".saved";
        File.Copy(file, saved);
        using (DealtPool pool = new(_folder)) pool.Take(2).Dispose();
        Assert.False(File.Exists(file));
        File.Move(saved, file);
        using (DealtPool pool = new(_folder))
        {
            Assert.Equal([3ul, 4, 5], pool.Available);
            Assert.False(File.Exists(file));
            foreach (ulong used in new ulong[] { 0, 1, 2 }) Assert.Throws<InvalidOperationException>(() => pool.Take(used));
            Assert.Throws<FileNotFoundException>(() => pool.Take(9));
            Assert.Equal(9ul, pool.Used);
            Assert.Empty(pool.Available);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(15)]
    public void A_torn_claim_was_never_acknowledged_and_leaves_the_journal_usable(int bytes)
    {
        Fill(3);
        using (DealtPool pool = new(_folder)) pool.Take(1).Dispose();
        using (FileStream journal = new(Path.Combine(_folder, "used"), FileMode.Append)) journal.Write(new byte[bytes]);
        using (DealtPool pool = new(_folder))
        {
            Assert.Equal(1ul, pool.Used);
            pool.Take(2).Dispose();
        }
        using (DealtPool pool = new(_folder)) Assert.Equal(2ul, pool.Used);
    }

    [Fact]
    public void A_damaged_journal_is_refused_and_a_missing_one_discards_the_pool()
    {
        Fill(4);
        string path = Path.Combine(_folder, "used");
        using (DealtPool pool = new(_folder))
        {
            pool.Take(1).Dispose();
            pool.Take(2).Dispose();
        }
        byte[] journal = File.ReadAllBytes(path);
        Assert.Equal(32, journal.Length);
        journal[0] ^= 1;
        File.WriteAllBytes(path, journal);
        Assert.Throws<InvalidDataException>(() => new DealtPool(_folder));
        File.Delete(path);
        using DealtPool emptied = new(_folder);
        Assert.Empty(emptied.Available);
    }

    [Fact]
    public void Two_processes_cannot_hold_one_pool_and_half_written_files_are_deleted()
    {
        Fill(1);
        File.WriteAllBytes(Path.Combine(_folder, "0000000000000007.query.new"), new byte[5]);
        using DealtPool pool = new(_folder);
        Assert.Throws<IOException>(() => new DealtPool(_folder));
        Assert.Equal([1ul], pool.Available);
        Assert.Equal(2, Directory.GetFiles(_folder).Length);
    }

    [Fact]
    public void A_query_dealt_twice_is_refused_by_name()
    {
        Fill(2);
        using DealtPool pool = new(_folder);
        Assert.Equal(PeerFault.MalformedMessage, Assert.Throws<ProtocolException>(() => FillOne(pool, 2)).Fault);
        pool.Take(2).Dispose();
        Assert.Equal(PeerFault.MalformedMessage, Assert.Throws<ProtocolException>(() => FillOne(pool, 1)).Fault);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(77)]
    [InlineData(200)]
    public void Truncated_files_are_refused_by_name(int length)
    {
        Fill(1);
        using (FileStream file = new(Path.Combine(_folder, "0000000000000001.query"), FileMode.Open)) file.SetLength(length);
        using DealtPool pool = new(_folder);
        ProtocolException fault = Assert.Throws<ProtocolException>(() =>
        {
            using DealtSource source = new(pool.Take(1), isFirst: false);
            source.Take(Shape);
        });
        Assert.Equal(PeerFault.MalformedMessage, fault.Fault);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private void Fill(int queries)
    {
        using DealtPool pool = new(_folder);
        for (ulong number = 1; number <= (ulong)queries; number++) FillOne(pool, number);
    }

    private static void FillOne(DealtPool pool, ulong number)
    {
        (FramedChannel dealer, FramedChannel server) = InMemoryChannel.CreatePair();
        (FramedChannel other, FramedChannel ignored) = InMemoryChannel.CreatePair();
        using Prg prg = Prg.Derive([], "pool");
        new Dealer(null!, [Shape], null!).Deal(QuerySeeds.Draw(prg, number), other, dealer);
        pool.Fill(server, [Shape], isFirst: false);
        foreach (FramedChannel channel in new[] { dealer, server, other, ignored }) channel.Abort();
    }
}
