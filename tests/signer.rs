//! Signatures against fixed vectors.
//!
//! The named vectors are asserted by the tests of the official SDKs (but V1-P4, which is ours). "Own"
//! vectors were computed with a separate script over Python's `hmac` and `hashlib`, written from the
//! documented rules; the script reproduces V4-1.

use std::borrow::Cow;

use oss_resumable::signer::{Request, Signer, Version, uri_encode, uri_encode_path};

type Pairs = &'static [(&'static str, &'static str)];

const SET_A_QUERY: Pairs = &[
    ("param1", "value1"),
    ("+param1", "value3"),
    ("|param1", "value4"),
    ("+param2", ""),
    ("|param2", ""),
    ("param2", ""),
];
const SET_A_HEADERS: Pairs = &[
    ("x-oss-head1", "value"),
    ("abc", "value"),
    ("ZAbc", "value"),
    ("XYZ", "value"),
];
const SET_A_KEY: &str = "1234+-/123/1.txt";
const ADDITIONAL: &[&str] = &["abc", "ZAbc", "x-oss-head1", "x-oss-no-exist"];
const TEXT: (&str, &str) = ("content-type", "text/plain");
const BINARY: (&str, &str) = ("content-type", "application/octet-stream");
const OSS: (&str, &str) = ("cn-hangzhou", "oss");
const CLOUD_BOX: (&str, &str) = ("cb-123", "oss-cloudbox");

/// 2023-12-16T16:20:57Z
const NOW: u64 = 1_702_743_657;

/// A request and the credentials that sign it.
#[derive(Clone)]
struct Case {
    method: &'static str,
    bucket: &'static str,
    key: Option<String>,
    query: Vec<(Cow<'static, str>, Cow<'static, str>)>,
    headers: Vec<(&'static str, &'static str)>,
    additional: &'static [&'static str],
    token: Option<&'static str>,
    scope: (&'static str, &'static str),
}

impl Case {
    fn new(method: &'static str, bucket: &'static str, key: &str) -> Self {
        Self {
            method,
            bucket,
            key: (!key.is_empty()).then(|| key.to_owned()),
            query: Vec::new(),
            headers: Vec::new(),
            additional: &[],
            token: None,
            scope: OSS,
        }
    }

    fn set_a(key: &str, content_type: (&'static str, &'static str)) -> Self {
        let case = Self::new("PUT", "bucket", key).query(SET_A_QUERY);
        case.headers(SET_A_HEADERS).headers(&[content_type])
    }

    fn query(mut self, pairs: Pairs) -> Self {
        let pairs = pairs.iter().map(|(n, v)| ((*n).into(), (*v).into()));
        self.query.extend(pairs);
        self
    }

    fn headers(mut self, pairs: &[(&'static str, &'static str)]) -> Self {
        self.headers.extend(pairs);
        self
    }

    fn additional(mut self, names: &'static [&'static str]) -> Self {
        self.additional = names;
        self
    }

    fn token(mut self) -> Self {
        self.token = Some("token");
        self
    }

    fn scope(mut self, scope: (&'static str, &'static str)) -> Self {
        self.scope = scope;
        self
    }

    fn with<T>(&self, version: Version, run: impl Fn(&Signer<'_>, &Request<'_>) -> T) -> T {
        let signer = Signer {
            version,
            access_key_id: "ak",
            access_key_secret: "sk",
            security_token: self.token,
            region: self.scope.0,
            product: self.scope.1,
        };
        let request = Request {
            method: self.method,
            bucket: Some(self.bucket),
            key: self.key.as_deref(),
            query: &self.query,
            headers: &self.headers,
            additional_headers: self.additional,
        };
        run(&signer, &request)
    }

    fn sign(&self, version: Version, now: u64) -> Vec<(&'static str, String)> {
        self.with(version, |signer, request| signer.sign(request, now))
    }

    fn presign(&self, version: Version, now: u64, expires: u64) -> Vec<(&'static str, String)> {
        self.with(version, |signer, request| {
            signer.presign(request, now, expires)
        })
    }

    #[track_caller]
    fn assert_v4(&self, now: u64, signature: &str) {
        let authorization = get(&self.sign(Version::V4, now), "authorization");
        assert_eq!(after(&authorization, ",Signature="), signature);
    }

    #[track_caller]
    fn assert_v1(&self, now: u64, signature: &str) {
        let authorization = get(&self.sign(Version::V1, now), "authorization");
        assert_eq!(authorization, format!("OSS ak:{signature}"));
    }

    #[track_caller]
    fn assert_presigned(&self, version: Version, now: u64, expires: u64, signature: &str) {
        let name = match version {
            Version::V4 => "x-oss-signature",
            Version::V1 => "Signature",
        };
        assert_eq!(get(&self.presign(version, now, expires), name), signature);
    }
}

#[track_caller]
fn get(pairs: &[(&str, String)], name: &str) -> String {
    let found: Vec<_> = pairs.iter().filter(|(n, _)| *n == name).collect();
    assert_eq!(found.len(), 1, "{name} in {pairs:?}");
    found[0].1.clone()
}

fn after<'a>(text: &'a str, mark: &str) -> &'a str {
    text.split_once(mark).map_or("", |(_, rest)| rest)
}

#[test]
fn v4_1() {
    let added = Case::set_a(SET_A_KEY, TEXT).sign(Version::V4, NOW);
    assert_eq!(
        added,
        [
            ("x-oss-date", "20231216T162057Z".to_owned()),
            ("x-oss-content-sha256", "UNSIGNED-PAYLOAD".to_owned()),
            (
                "authorization",
                "OSS4-HMAC-SHA256 Credential=ak/20231216/cn-hangzhou/oss/aliyun_v4_request,\
                 Signature=e21d18daa82167720f9b1047ae7e7f1ce7cb77a31e8203a7d5f4624fa0284afe"
                    .to_owned()
            ),
        ]
    );
}

#[test]
fn v4_2_security_token() {
    let case = Case::set_a(SET_A_KEY, TEXT).token();
    case.assert_v4(
        1_702_784_856,
        "b94a3f999cf85bcdc00d332fbd3734ba03e48382c36fa4d5af5df817395bd9ea",
    );
    let added = case.sign(Version::V4, 1_702_784_856);
    assert_eq!(get(&added, "x-oss-security-token"), "token");
}

#[test]
fn v4_3_additional_headers() {
    let case = Case::set_a(SET_A_KEY, TEXT).additional(ADDITIONAL);
    case.assert_v4(
        1_702_747_512,
        "4a4183c187c07c8947db7620deb0a6b38d9fbdd34187b6dbaccb316fa251212f",
    );
    let authorization = get(&case.sign(Version::V4, 1_702_747_512), "authorization");
    assert!(authorization.contains("aliyun_v4_request,AdditionalHeaders=abc;zabc,Signature="));
}

#[test]
fn v4_3b_additional_headers_and_security_token() {
    Case::set_a(SET_A_KEY, TEXT)
        .additional(ADDITIONAL)
        .token()
        .assert_v4(
            1_702_747_512,
            "203120400fdac93fd2f87640e5071f19de7c4561090e8a5fcffbe7d1ef89e073",
        );
}

#[test]
fn v4_4_cloud_box() {
    Case::set_a(SET_A_KEY, TEXT).scope(CLOUD_BOX).assert_v4(
        NOW,
        "94ce1f12c17d148ea681030275a94449d3357f5b5b21133996eec80af3e08a43",
    );
}

#[test]
fn v4_5_append() {
    let case = Case::new("POST", "bucket", "object").query(&[("append", ""), ("position", "0")]);
    case.headers(&[TEXT]).assert_v4(
        NOW,
        "f7a645f23a0434ea90d5e2bb2bca90d0fda9ef4bc54a9c5008b2134e7c9023f2",
    );
}

const C_KEY: &str = "test-sign-V4/-!@#$%^&*()/abcdefjhijklmnoqprstuvwxyz/123456789";

fn c_sdk(query: Pairs, headers: Pairs) -> Case {
    let case = Case::new("PUT", "oss-bucket-test", C_KEY);
    case.query(query).headers(headers).headers(&[BINARY])
}

#[test]
fn v4_c1() {
    // 2022-10-16T04:07:19Z
    c_sdk(SET_A_QUERY, SET_A_HEADERS).assert_v4(
        1_665_893_239,
        "16e58322c5aafb55edd82813b02d6521caab8194882c786bf0e77b7987a63979",
    );
}

#[test]
fn v4_c2() {
    // 2022-10-16T09:14:31Z
    c_sdk(&[], &[("x-oss-head1", "value")]).assert_v4(
        1_665_911_671,
        "5028172a0a3806285979896982bee6e36e915cbf428ee7100a809e1f0ff43b64",
    );
}

#[test]
fn v4_c3_cloud_box() {
    // 2022-10-16T09:18:31Z
    let case = c_sdk(SET_A_QUERY, SET_A_HEADERS);
    case.scope(("cloudbox-id", "oss-cloudbox")).assert_v4(
        1_665_911_911,
        "939eae7d5012d444c8d1dd8c68811275928f780a859e41ddbe52cf10a100adb4",
    );
}

#[test]
fn p_1() {
    let added = Case::set_a(SET_A_KEY, BINARY).presign(Version::V4, 1_702_781_677, 599);
    let scope = "ak/20231217/cn-hangzhou/oss/aliyun_v4_request";
    let signature = "a39966c61718be0d5b14e668088b3fa07601033f6518ac7b523100014269c0fe";
    assert_eq!(
        added,
        [
            ("x-oss-signature-version", "OSS4-HMAC-SHA256".to_owned()),
            ("x-oss-credential", scope.to_owned()),
            ("x-oss-date", "20231217T025437Z".to_owned()),
            ("x-oss-expires", "599".to_owned()),
            ("x-oss-signature", signature.to_owned()),
        ]
    );
}

#[test]
fn p_2_security_token() {
    Case::set_a(SET_A_KEY, BINARY).token().assert_presigned(
        Version::V4,
        1_702_785_388,
        599,
        "3817ac9d206cd6dfc90f1c09c00be45005602e55898f26f5ddb06d7892e1f8b5",
    );
}

#[test]
fn p_3_to_p_5_additional_headers() {
    let case = Case::set_a(SET_A_KEY, BINARY).additional(ADDITIONAL);
    for (name, scope, now, signature) in [
        (
            "P-3",
            OSS,
            1_702_783_809,
            "6bd984bfe531afb6db1f7550983a741b103a8c58e5e14f83ea474c2322dfa2b7",
        ),
        (
            "P-4",
            CLOUD_BOX,
            1_702_781_677,
            "07284191b9b4978ac3520cd39ee2dea2747eda454089359371ff463a6c7ba20f",
        ),
        (
            "P-5",
            CLOUD_BOX,
            1_702_783_809,
            "16782cc8a7a554523db055eb804b508522e7e370073108ad88ee2f47496701dd",
        ),
    ] {
        let added = case.clone().scope(scope).presign(Version::V4, now, 599);
        assert_eq!(
            get(&added, "x-oss-additional-headers"),
            "abc;zabc",
            "{name}"
        );
        assert_eq!(get(&added, "x-oss-signature"), signature, "{name}");
    }
}

const GMT: &str = "Wed, 28 Dec 2022 10:27:41 GMT";

fn nelson() -> Case {
    Case::new("PUT", "examplebucket", "nelson").headers(&[
        ("Content-MD5", "eB5eJF1ptWaXm4bijSPyxw=="),
        ("Content-Type", "text/html"),
        ("x-oss-meta-author", "alice"),
        ("x-oss-meta-magic", "abracadabra"),
        ("Date", GMT),
        ("x-oss-date", GMT),
    ])
}

#[test]
fn v1_1() {
    nelson().assert_v1(NOW, "kSHKmLxlyEAKtZPkJhG9bZb5k7M=");
    // Everything but the signature is there already.
    assert_eq!(nelson().sign(Version::V1, NOW).len(), 1);
}

#[test]
fn v1_2_acl() {
    nelson()
        .query(&[("acl", "")])
        .assert_v1(NOW, "/afkugFbmWDQ967j1vr6zygBLQk=");
}

#[test]
fn v1_3_resource_group() {
    let case = Case::new("GET", "examplebucket", "").headers(&[("x-oss-date", GMT)]);
    case.query(&[("resourceGroup", "")])
        .assert_v1(NOW, "vkQmfuUDyi1uDi3bKt67oemssIs=");
}

#[test]
fn v1_4_acl_and_resource_group() {
    let case = Case::new("GET", "examplebucket", "").headers(&[("x-oss-date", GMT)]);
    let case = case.query(&[("resourceGroup", ""), ("acl", "")]);
    case.assert_v1(NOW, "x3E5TgOvl/i7PN618s5mEvpJDYk=");
}

#[test]
fn v1_p1() {
    let case = Case::new("GET", "bucket", "key").query(&[("versionId", "versionId")]);
    assert_eq!(
        case.presign(Version::V1, 1_699_807_400, 20),
        [
            ("OSSAccessKeyId", "ak".to_owned()),
            ("Expires", "1699807420".to_owned()),
            ("Signature", "dcLTea+Yh9ApirQ8o8dOPqtvJXQ=".to_owned()),
        ]
    );
}

#[test]
fn v1_p2_security_token() {
    let case = Case::new("GET", "bucket", "key+123").query(&[("versionId", "versionId")]);
    let added = case.token().presign(Version::V1, 1_699_808_000, 204);
    assert_eq!(get(&added, "security-token"), "token");
    assert_eq!(get(&added, "Signature"), "jzKYRrM5y6Br0dRFPaTGOsbrDhY=");
}

#[test]
fn v1_p3() {
    let case = Case::new("GET", "bucket", "key");
    case.assert_presigned(
        Version::V1,
        1_699_807_420,
        0,
        "tYKe4BGVXY/MIl5F0qSoNfAnpkk=",
    );
}

#[test]
fn v1_p4_space() {
    let case = Case::new("GET", "bucket", "key 123");
    case.assert_presigned(
        Version::V1,
        1_699_807_420,
        0,
        "atmtmAvDoqfp/WmvKqTvJCgu7jM=",
    );
}

// Own vectors.

#[test]
fn own_utf8_key() {
    let case =
        Case::new("PUT", "bucket", "目录/文件 é.txt").headers(&[("content-type", "text/plain")]);
    case.assert_v4(
        NOW,
        "4cc798c7bc27d3e5649eceb3667a38b0b1cc4653ee7ac951de1660c79287c825",
    );
    case.assert_v1(NOW, "bEfDmNZ94vp2Tj3JmYhOBfB8StI=");
}

#[test]
fn own_key_with_specials() {
    let case = Case::new("PUT", "bucket", "a b%20c+d//e~f*'()!/g%")
        .headers(&[("content-type", "text/plain")]);
    case.assert_v4(
        NOW,
        "2d7f64ac06bbfd65949a33a82aea7c0c677868360ea11376d2ee9e6fc245dd0b",
    );
    case.assert_v1(NOW, "PNbtvBJFQW2FiCr6AfSwuSI7xsQ=");
}

#[test]
fn own_query_value_with_slash() {
    let case = Case::new("GET", "bucket", "key").query(&[
        ("x-oss-process", "image/resize,w_100"),
        ("prefix", "a/b c+~"),
    ]);
    case.assert_v4(
        NOW,
        "e4da0fba30e85ef7ef6b96d075e698e3efe0afedabee2d967d0097863b9ca040",
    );
    case.assert_v1(NOW, "xj7vuxcnCpCugq3zprl70aJM5S0=");
}

#[test]
fn own_names_sort_by_byte() {
    let case = Case::new("PUT", "bucket", "key")
        .query(&[("a", "1"), ("_", "2"), ("A", "3"), ("B", ""), ("b", "")])
        .headers(&[
            ("x-oss-meta-a", "1"),
            ("x-oss-meta-_", "2"),
            ("x-oss-meta-b", "3"),
        ]);
    case.assert_v4(
        NOW,
        "7fe30e11ede723e8182a19b11070c253f1b7018469dc3ecefa75bb0630e59613",
    );
    case.assert_v1(NOW, "IfRfDVjU+C0sDCZzZbX9PTG2O5o=");
}

#[test]
fn own_meta_10_before_meta_2() {
    let case = Case::new("PUT", "bucket", "key").headers(&[
        ("x-oss-meta-2", "two"),
        ("x-oss-meta-10", "ten"),
        ("x-oss-meta-1", "one"),
    ]);
    case.assert_v4(
        NOW,
        "967e77ba9f4d3115c2fdc179d3af42cb0776222d271fdeb9b5489f63ddeb3cbe",
    );
    case.assert_v1(NOW, "8HnvHS7W2A1RYEswnGNsScM/3CM=");
}

#[test]
fn own_names_lose_their_case_values_only_outer_space() {
    let case = Case::new("PUT", "bucket", "key").headers(&[
        ("X-Oss-Meta-MiXeD", "  V a L  "),
        ("Content-MD5", "eB5eJF1ptWaXm4bijSPyxw=="),
        ("CONTENT-TYPE", "text/html"),
    ]);
    case.assert_v4(
        NOW,
        "20109d1bd2d43909c326af7883c2dfd273885ab80ce6a7b8b7a99d9ab95034ea",
    );
    case.assert_v1(NOW, "gxpgf0joEt2wIEtZrWJySJSUUL8=");
}

#[test]
fn own_longest_key() {
    let case =
        Case::new("PUT", "bucket", &"文".repeat(341)).headers(&[("content-type", "text/plain")]);
    case.assert_v4(
        NOW,
        "977f98f0a8ccedb5cdea8b4d7577a5087d11846eec88432d8437529961883105",
    );
    case.assert_v1(NOW, "BNO/VkLmC5Km3fiMktWwRXwKZ7g=");
}

/// Signs with V4 and V1, without a token and with one.
#[track_caller]
fn assert_call(case: &Case, v4: [&str; 2], v1: [&str; 2]) {
    case.assert_v4(NOW, v4[0]);
    case.assert_v1(NOW, v1[0]);
    let case = case.clone().token();
    case.assert_v4(NOW, v4[1]);
    case.assert_v1(NOW, v1[1]);
}

const UPLOAD_ID: &str = "0004B9894A22E5B1888A1E29F823****";

#[test]
fn own_initiate_multipart_upload() {
    let case = Case::new("POST", "bucket", "dir/object")
        .query(&[("uploads", ""), ("encoding-type", "url")])
        .headers(&[
            ("content-type", "text/plain"),
            ("x-oss-meta-owner", "alice"),
        ]);
    assert_call(
        &case,
        [
            "147886d8a796a64ac60fe5e397269ba1ab782d061e7d355ea5e9b87204697e9e",
            "4f0e19b01c829936be13af33e1f009d0ee8f58e63c1081e9792c9ee712047760",
        ],
        [
            "Sy6chlvSIBrkA8/EkHbmTcwWR14=",
            "z0ynSYCT+TFMvwL0NGPhBoTx6Bo=",
        ],
    );
}

#[test]
fn own_upload_part() {
    let case = Case::new("PUT", "bucket", "dir/object")
        .query(&[("partNumber", "7"), ("uploadId", UPLOAD_ID)]);
    assert_call(
        &case,
        [
            "23086fbcb3a8ad214b0bcd30ed5769342053de7eadfd7d37c400b955d50c50b2",
            "eb9a3ff24570d21449b15e1d95180415b727e078eb39b4f36e811ecd5e1410b0",
        ],
        [
            "nYZNQV/pDtCQ0LZqINyhWQ41msc=",
            "X5DvxvBo50fAQx+u4vU0Zs5QP8U=",
        ],
    );
}

#[test]
fn own_complete_multipart_upload() {
    let case = Case::new("POST", "bucket", "dir/object")
        .query(&[("uploadId", UPLOAD_ID), ("encoding-type", "url")])
        .headers(&[("content-type", "application/xml")]);
    assert_call(
        &case,
        [
            "d446023da0821c26ca56cdca1c96c33920897fe8142a472e062dfd65373f0bde",
            "f200388f686cc3554c69bb5a8cb8f247c2220841e9030f93d35005545088c8b2",
        ],
        [
            "r2GedDKTcrq48b+dXP8XcfrVc3E=",
            "B8yyTnUoGD4JrUQzXvvpX/xBPSA=",
        ],
    );
}

#[test]
fn own_list_parts() {
    let case = Case::new("GET", "bucket", "dir/object").query(&[
        ("uploadId", UPLOAD_ID),
        ("max-parts", "1000"),
        ("part-number-marker", "5"),
    ]);
    assert_call(
        &case,
        [
            "a175eee18dbee0388d73a7b0d351ed488be538d9789eb095fe1637aa0cdcbf60",
            "b3601511b10231a307b3127de24d812c8cfdaf83adafb9138a5eb48074a18356",
        ],
        [
            "stI4JMQzYm5kEvu9f7NkycEZTD0=",
            "MW8ZawTG9i0HE1/7VXCn7MoKQdY=",
        ],
    );
}

#[test]
fn own_list_multipart_uploads() {
    let case = Case::new("GET", "bucket", "").query(&[
        ("uploads", ""),
        ("prefix", "dir/"),
        ("max-uploads", "1000"),
        ("encoding-type", "url"),
    ]);
    assert_call(
        &case,
        [
            "57b74c9b2dd19448809fa61fb44d70053999b214b8f1d2673cc256189a9c4da1",
            "0c770ebf26c175f1cff9ae8315fab0ecc4671fc9dab99eb2b69f08cfd0617123",
        ],
        [
            "IwgSE4Z5tRKgRs8N3erQPb5QuoM=",
            "KU8ij2TKuOlOBwb7H2KU1pQaLHs=",
        ],
    );
}

#[test]
fn own_abort_multipart_upload() {
    let case = Case::new("DELETE", "bucket", "dir/object").query(&[("uploadId", UPLOAD_ID)]);
    assert_call(
        &case,
        [
            "d0301ef9a44a4cc2513d28cc37f2ac39e9333bc61647e62dd01aacfb15af96f4",
            "cfcfc04de0f25be401edb9e2bbf91f9b6c9ab576abdf957efed3c269fa3ab337",
        ],
        [
            "c298VbDorBPaxU18Rw+YCQTCOXY=",
            "l01tbZfD3/9+TWyhDJlJNDuO61Q=",
        ],
    );
}

#[test]
fn own_put_object() {
    let case = Case::new("PUT", "bucket", "dir/object").headers(&[
        ("content-type", "text/plain"),
        ("x-oss-forbid-overwrite", "true"),
    ]);
    assert_call(
        &case,
        [
            "cf20c67906a44dd2c14d66cae240b476d5993cf13fa1114329f85bf9b82e138e",
            "48a5214a3db9e96a63ffc0f5d1e6b90d30c69042ffb34e64442816590db13b30",
        ],
        [
            "W/B+C0Kb4FVpOkYFVHfMjj/ydao=",
            "AU+qeBgjyNtENJQxbiPjDiOSIZ4=",
        ],
    );
}

#[test]
fn own_long_secret_and_service() {
    let request = Request {
        method: "GET",
        bucket: None,
        key: None,
        query: &[],
        headers: &[],
        additional_headers: &[],
    };
    let signer = |version, secret| {
        let signer = Signer {
            version,
            access_key_id: "ak",
            access_key_secret: secret,
            security_token: None,
            region: "cn-hangzhou",
            product: "oss",
        };
        get(&signer.sign(&request, NOW), "authorization")
    };
    let v4 = signer(Version::V4, "sk");
    assert_eq!(
        after(&v4, ",Signature="),
        "2a7fe0c537ae2b2319d6a44def3d754c1f9ca397946234d46ba2ecdb8f8f0a96"
    );
    assert_eq!(
        signer(Version::V1, "sk"),
        "OSS ak:JFeJbSC7fGEfBc2LaEv5ha91r6Q="
    );
    // Longer than a block of the hash.
    let secret = "s".repeat(100);
    let v4 = signer(Version::V4, &secret);
    assert_eq!(
        after(&v4, ",Signature="),
        "79be2145c1926c2fdd7c86c4f76c1e16c56ccffc879d0c495f352d2b4283d303"
    );
    assert_eq!(
        signer(Version::V1, &secret),
        "OSS ak:dxGucztjEslz/sim5aAzRxQEvBk="
    );
}

#[test]
fn the_signer_has_the_last_word_on_its_own_headers() {
    let case = Case::set_a(SET_A_KEY, TEXT);
    let stale = case.clone().headers(&[
        ("Authorization", "old"),
        ("X-Oss-Date", "20000101T000000Z"),
        ("x-oss-security-token", "old"),
    ]);
    assert_eq!(stale.sign(Version::V4, NOW), case.sign(Version::V4, NOW));
}

#[test]
fn a_given_payload_hash_is_signed_not_added() {
    let given = [("x-oss-content-sha256", "UNSIGNED-PAYLOAD")];
    let case = Case::set_a(SET_A_KEY, TEXT).headers(&given);
    case.assert_v4(
        NOW,
        "e21d18daa82167720f9b1047ae7e7f1ce7cb77a31e8203a7d5f4624fa0284afe",
    );
    assert_eq!(case.sign(Version::V4, NOW).len(), 2);
}

#[test]
fn dates() {
    for (now, v4, v1) in [
        (0, "19700101T000000Z", "Thu, 01 Jan 1970 00:00:00 GMT"),
        (
            951_782_399,
            "20000228T235959Z",
            "Mon, 28 Feb 2000 23:59:59 GMT",
        ),
        (
            951_782_400,
            "20000229T000000Z",
            "Tue, 29 Feb 2000 00:00:00 GMT",
        ),
        (
            951_868_800,
            "20000301T000000Z",
            "Wed, 01 Mar 2000 00:00:00 GMT",
        ),
        (
            1_735_689_599,
            "20241231T235959Z",
            "Tue, 31 Dec 2024 23:59:59 GMT",
        ),
        (
            4_107_542_400,
            "21000301T000000Z",
            "Mon, 01 Mar 2100 00:00:00 GMT",
        ),
        (
            u64::MAX,
            "99991231T235959Z",
            "Fri, 31 Dec 9999 23:59:59 GMT",
        ),
    ] {
        let case = Case::new("GET", "bucket", "key");
        assert_eq!(get(&case.sign(Version::V4, now), "x-oss-date"), v4);
        assert_eq!(get(&case.sign(Version::V1, now), "date"), v1);
        assert_eq!(case.presign(Version::V1, now, u64::MAX).len(), 3);
    }
}

#[test]
fn encoding() {
    assert_eq!(uri_encode("aZ09-._~"), "aZ09-._~");
    assert_eq!(uri_encode("a b+c/d%é*"), "a%20b%2Bc%2Fd%25%C3%A9%2A");
    assert_eq!(uri_encode_path("a b+c//d%é"), "a%20b%2Bc//d%25%C3%A9");
}

#[test]
fn debug_shows_no_secret() {
    let case = Case::new("GET", "bucket", "key").token();
    let text = case.with(Version::V4, |signer, _| format!("{signer:?}"));
    assert!(text.contains("\"ak\"") && text.contains("***"));
    assert!(
        !text.contains("\"sk\"") && !text.contains("\"token\""),
        "{text}"
    );
}
