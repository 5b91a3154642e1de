using Blindsight.Arithmetic;
using Blindsight.Hosting.Client;

namespace Blindsight.Unit.Hosting;

public sealed class TicketTests : HostingFolder
{
    private static readonly string Plan = new('a', 64);

    [Fact]
    public void A_ticket_is_read_as_it_was_written_and_is_private()
    {
        Ticket ticket = Create();
        ticket.Write(In("t"));
        Ticket read = Ticket.Read(In("t"));
        Assert.Equal(ticket.Queries, read.Queries);
        Assert.Equal(ticket with { Queries = [] }, read with { Queries = [] });
        using var key = read.Queries[1].OpenKey();
        Assert.Equal(256, key.KeySize);
        AssertPrivate(In("t"));
    }

    [Fact]
    public void Queries_have_identifiers_and_keys_of_their_own()
    {
        TicketQuery[] queries = Create().Queries;
        Assert.NotEqual(queries[0].Id, queries[1].Id);
        Assert.NotEqual(queries[0].Key, queries[1].Key);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("[1]")]
    [InlineData("{\"version\":1,\"serverA\":null,\"serverB\":\"x\",\"plan\":\"x\",\"model\":\"x\",\"queries\":[]}")]
    [InlineData("{\"version\":2,\"serverA\":\"x\",\"serverB\":\"x\",\"plan\":\"x\",\"model\":\"x\",\"queries\":[]}")]
    [InlineData("{\"version\":1,\"serverA\":\"x\",\"serverB\":\"x\",\"plan\":\"x\",\"model\":\"x\",\"queries\":[]}")]
    [InlineData("{\"version\":1,\"more\":1,\"serverA\":\"x\",\"serverB\":\"x\",\"plan\":\"x\",\"model\":\"x\",\"queries\":[]}")]
    public void What_is_not_a_ticket_is_refused(string text)
    {
        File.WriteAllText(In("t"), text);
        Assert.Throws<ParameterException>(() => Ticket.Read(In("t")));
    }

    [Theory]
    [InlineData("")]
    [InlineData("!!")]
    [InlineData("AAAA")]
    public void A_damaged_key_is_refused_with_its_row(string key) =>
        Assert.Contains("row 3", Assert.Throws<ParameterException>(() => new TicketQuery(3, "0", key).OpenKey()).Message);

    private static Ticket Create() => new(
        Ticket.CurrentVersion, "http://127.0.0.1:1/", "http://127.0.0.1:2/", Plan, "m", [TicketQuery.Draw(0), TicketQuery.Draw(5)]);
}
