// Vectors of CKKS from Microsoft SEAL in WebAssembly, for the unit tests. Run where `npm install node-seal@5.1.3` was run:
//   node ckks_vectors.mjs > seal.json
// Encoded coefficients come from SEAL's saved plaintext: residues modulo one prime, transformed with the least primitive 2N-th root,
// in bit-reversed order. Products and rotations are SEAL's decryptions, so they carry its noise.
import { createRequire } from 'module'
const SEAL = createRequire(process.cwd() + '/')('node-seal')
const seal = await SEAL()

const degree = 1024, slots = degree / 2, scaleBits = 40, scale = 2 ** scaleBits
const parameters = seal.EncryptionParameters(seal.SchemeType.ckks)
parameters.setPolyModulusDegree(degree)
const modulus = seal.CoeffModulus.Create(degree, Int32Array.from([50, 40, 50]))
parameters.setCoeffModulus(modulus)
const context = seal.Context(parameters, true, seal.SecurityLevel.none)
const encoder = seal.CKKSEncoder(context), keys = seal.KeyGenerator(context), evaluator = seal.Evaluator(context)
const encryptor = seal.Encryptor(context, keys.createPublicKey()), decryptor = seal.Decryptor(context, keys.secretKey())
const relinearization = keys.createRelinKeys(), galois = keys.createGaloisKeys(Int32Array.from([1, 5, -3]))

// 64ths, so that they are exact.
const x = Array.from({ length: slots }, (_, j) => (j * j * 37 + 11 * j) % 129 - 64)
const y = Array.from({ length: slots }, (_, j) => (j * j * 5 + 29 * j + 3) % 129 - 64)
const encode = (values, at) => encoder.encode(Float64Array.from(values, v => v / 64), at)
const decode = cipher => Array.from(encoder.decode(decryptor.decrypt(cipher))).slice(0, slots).map(v => Number(v.toFixed(9)))

const cipherX = encryptor.encrypt(encode(x, scale)), cipherY = encryptor.encrypt(encode(y, scale))
const product = evaluator.rescaleToNext(evaluator.relinearize(evaluator.multiply(cipherX, cipherY), relinearization))
const rotations = [1, 5, -3].map(steps => ({ steps, values: decode(evaluator.rotateVector(cipherX, steps, galois)).slice(0, 16) }))

const primes = Array.from(modulus.toArray()).map(BigInt)
console.log(JSON.stringify({
  origin: `Microsoft SEAL through node-seal ${seal.Version}, tools/ckks_vectors.mjs`,
  degree, scaleBits, x, y, coefficients: coefficients(encode(x, scale), primes[0]), product: decode(product), rotations,
}))

function power(base, exponent, p) {
  let result = 1n
  for (base %= p; exponent > 0n; exponent >>= 1n, base = base * base % p) if (exponent & 1n) result = result * base % p
  return result
}

function leastRoot(p) {
  const order = 2n * BigInt(degree)
  let root = 0n
  for (let g = 2n; root === 0n; g++) {
    const candidate = power(g, (p - 1n) / order, p)
    if (power(candidate, BigInt(degree), p) === p - 1n) root = candidate
  }
  const square = root * root % p
  let least = root
  for (let i = 0, odd = root; i < degree; i++, odd = odd * square % p) if (odd < least) least = odd
  return least
}

function coefficients(plain, p) {
  const bytes = plain.saveArray(seal.ComprModeType.none)
  const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const primesUsed = primes.length - 1, start = bytes.byteLength - 8 * primesUsed * degree, bits = Math.log2(degree)
  const inverse = power(leastRoot(p), p - 2n, p), scaled = power(BigInt(degree), p - 2n, p)
  const sums = new Array(degree).fill(0n)
  for (let i = 0; i < degree; i++) {
    let reversed = 0
    for (let b = 0; b < bits; b++) reversed |= (i >> b & 1) << (bits - 1 - b)
    const step = power(inverse, BigInt(2 * reversed + 1), p), value = words.getBigUint64(start + 8 * i, true)
    for (let k = 0, factor = value; k < degree; k++, factor = factor * step % p) sums[k] += factor
  }
  return sums.map(sum => {
    const c = sum * scaled % p
    return Number(c > p / 2n ? c - p : c)
  })
}
